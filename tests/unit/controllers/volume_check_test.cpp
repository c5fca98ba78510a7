#include "controllers/units/volume_check.h"

#include <doctest/doctest.h>

#include "controllers/units/plan.h"
#include "tests/unit/box.h"
#include "tests/unit/controllers/view.h"

namespace town {
namespace {

const Key kWeb{Kind::unit, "default/web"};
constexpr auto kUnit = "town-os-package--default-web-1.0.service";
constexpr auto kHtml = "installed/default/web/1.0/html";

OfferPtr web() {
  return test::offer("web", "1.0", R"(
description: a page
image: docker.io/library/nginx:latest
volumes:
  html:
    mountpoint: /html
    quota: 1GB
)");
}

std::string file_of(test::Box& box) { return box.machine->systemd().files().at(kUnit); }

UnitState state_of(test::Box& box) {
  for (const auto& state : box.machine->systemd().states()) {
    if (state.unit == kUnit) return state;
  }
  return {};
}

TEST_SUITE("units/volume_check") {
  TEST_CASE("a unit asks for each of its volumes by id before its container is run") {
    test::Box box;
    box.offers({web()});
    box.install("web");
    REQUIRE(box.settle());
    const auto text = file_of(box);
    const auto check = text.find("\nExecStartPre=\"/usr/bin/town-volume-check\" \"/simulated\" \"");
    REQUIRE(check != std::string::npos);
    const auto* volume = box.snapshot().graph->spec<VolumeSpec>({Kind::volume, kHtml});
    REQUIRE(volume != nullptr);
    CHECK(text.find("\"" + volume->id + "\" \"" + kHtml + "\"\n", check) != std::string::npos);
    CHECK(check < text.find("\nExecStart="));
  }

  TEST_CASE("a container that dies is not started again on what took its volume's place") {
    test::Box box;
    box.offers({web()});
    box.install("web");
    REQUIRE(box.settle());
    box.machine->rename(kHtml, "user/elsewhere");
    box.machine->btrfs().create(kHtml, "foreign", 0, {}, {});
    box.machine->kill_container(kUnit);
    CHECK(state_of(box).active_state == "failed");
    CHECK(box.machine->podman().containers().empty());
  }

  TEST_CASE("a unit that asks for nothing mounted runs no check") {
    CHECK(units::check_command({"/check", "/town"}, UnitSpec{}, {}).empty());
  }

  TEST_CASE("what is in no graph is asked for by an id that nothing bears") {
    UnitSpec spec;
    spec.mounts = {{{Kind::volume, kHtml}, kHtml, "/html", false}};
    CHECK(units::volume_ids(Graph{}, spec) == std::vector<std::string>{"-"});
  }

  TEST_CASE("a file with an older check is written and read again, and nothing is restarted") {
    test::World world;
    UnitSpec spec;
    spec.unit = kUnit;
    const auto& resource = world.add(kWeb, spec);
    units::Observed observed;
    observed.checker = "now";
    observed.files.emplace(kUnit, units::FileMark{kWeb, resource.digest, "before", true});
    observed.environments.emplace(kUnit, "");
    UnitState state;
    state.unit = kUnit;
    state.load_state = "loaded";
    state.active_state = "active";
    observed.states.emplace(kUnit, state);
    std::vector<std::string> actions;
    for (const auto& change : units::plan(world.view(), observed).changes) {
      actions.push_back(change.action);
    }
    CHECK(actions == std::vector<std::string>{"write", "reload"});
  }
}

}  // namespace
}  // namespace town

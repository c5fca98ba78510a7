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

OfferPtr web(const std::string& version = "1.0") {
  return test::offer("web", version, R"(
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

  TEST_CASE("an upgrade does not make a lost volume anew, empty, under its new path") {
    for (const bool noticed : {false, true}) {
      CAPTURE(noticed);
      test::Box box;
      box.offers({web(), web("1.1")});
      box.install("web", {}, "1.0");
      REQUIRE(box.settle());
      box.machine->btrfs().destroy(kHtml);
      test::Box again(box.store, box.machine);  // looks at everything
      again.offers({web(), web("1.1")});
      if (noticed) again.settle();
      again.install("web", {}, "1.1");
      again.settle();
      const Key moved{Kind::volume, "installed/default/web/1.1/html"};
      const auto reasons = box.reasons(moved);
      CHECK(std::find(reasons.begin(), reasons.end(), "VolumeLost") != reasons.end());
      CHECK(box.machine->btrfs().list().empty());
    }
  }

  TEST_CASE("volumes with exchanged names are put right, and an event says so") {
    test::Box box;
    box.submit(CreateVolume{"one", 100});
    box.submit(CreateVolume{"two", 200});
    box.submit(CreateVolume{"three", 300});
    REQUIRE(box.settle());
    const auto before = box.machine->btrfs().list();
    box.machine->rename("user/one", "user/t");
    box.machine->rename("user/two", "user/one");
    box.machine->rename("user/three", "user/two");
    box.machine->rename("user/t", "user/three");
    test::Box again(box.store, box.machine);  // looks at everything
    REQUIRE(again.settle());
    const auto after = box.machine->btrfs().list();
    REQUIRE(after.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) {
      CHECK(after[i].path == before[i].path);
      CHECK(after[i].id == before[i].id);
    }
    const auto events = box.store->events({}, 100);
    CHECK(std::any_of(events.begin(), events.end(),
                      [](const Event& event) { return event.reason == "NamesExchanged"; }));
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

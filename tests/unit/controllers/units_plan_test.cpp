#include <doctest/doctest.h>

#include "controllers/marks.h"
#include "controllers/units/plan.h"
#include "tests/unit/controllers/view.h"

namespace town {
namespace {

const Key kWeb{Kind::unit, "default/web"};
constexpr auto kUnit = "town-os-package--default-web-1.0.service";

UnitSpec web() {
  UnitSpec spec;
  spec.unit = kUnit;
  spec.container = "town-os-package--default-web-1.0";
  spec.description = "Town OS: a web server";
  spec.image = "docker.io/library/nginx:latest";
  spec.network = "town-os-net--default-web-1.0";
  spec.environment.emplace("PASSWORD", Secret("s3cret"));
  return spec;
}

/// The machine as it is when all is well.
units::Observed healthy(const Resource& resource) {
  units::Observed observed;
  UnitState state;
  state.unit = kUnit;
  state.load_state = "loaded";
  state.active_state = "active";
  state.invocation = "run-1";
  observed.states.emplace(kUnit, state);
  observed.files.emplace(kUnit, units::FileMark{kWeb, resource.digest, "", true});
  observed.environments.emplace(kUnit, "PASSWORD=s3cret\n");
  PodmanContainer container;
  container.name = "town-os-package--default-web-1.0";
  container.annotations = {
      {marks::kKey, to_string(kWeb)}, {marks::kSpec, resource.digest}, {marks::kUnit, kUnit}};
  observed.running.emplace(kUnit, container);
  return observed;
}

std::vector<std::string> actions(const Plan& plan) {
  std::vector<std::string> list;
  for (const auto& change : plan.changes) list.push_back(change.action);
  return list;
}

using Actions = std::vector<std::string>;

TEST_SUITE("units/plan") {
  TEST_CASE("a new unit is written and started, without a reload") {
    test::World world;
    world.add(kWeb, web());
    CHECK(actions(units::plan(world.view(), {})) == Actions{"write", "start"});
  }

  TEST_CASE("a unit that runs as wanted needs nothing") {
    test::World world;
    const auto& resource = world.add(kWeb, web());
    const auto plan = units::plan(world.view(true), healthy(resource));
    CHECK(plan.changes.empty());
    REQUIRE(plan.sightings.size() == 1);
    CHECK(plan.sightings[0].ready);
  }

  TEST_CASE("an edited unit file is written again and read again, and nothing is restarted") {
    test::World world;
    const auto& resource = world.add(kWeb, web());
    auto observed = healthy(resource);
    world.ready(kWeb, {{"well_with", world.at(kWeb).digest}});
    observed.files.at(kUnit).intact = false;
    const auto plan = units::plan(world.view(), observed);
    CHECK(actions(plan) == Actions{"write", "reload"});
    CHECK(plan.changes[0].reason == "UnitFileEdited");
    CHECK(plan.changes[0].repair);
  }

  TEST_CASE("a deleted unit file is written again while the service goes on") {
    test::World world;
    auto observed = healthy(world.add(kWeb, web()));
    world.ready(kWeb, {{"well_with", world.at(kWeb).digest}});
    observed.files.clear();
    const auto plan = units::plan(world.view(), observed);
    CHECK(actions(plan) == Actions{"write", "reload"});
    CHECK(plan.changes[0].reason == "UnitFileDeleted");
  }

  TEST_CASE("a unit that was stopped behind our back is started again, and told") {
    test::World world;
    auto observed = healthy(world.add(kWeb, web()));
    world.ready(kWeb, {{"well_with", world.at(kWeb).digest}});
    observed.states.at(kUnit).active_state = "inactive";
    observed.running.clear();
    const auto plan = units::plan(world.view(), observed);
    CHECK(actions(plan) == Actions{"start"});
    CHECK(plan.changes[0].reason == "StoppedBehindOurBack");
    CHECK(plan.changes[0].repair);
  }

  TEST_CASE("that it was seen on its way down does not make a stop behind our back ours") {
    test::World world;
    auto observed = healthy(world.add(kWeb, web()));
    world.ready(kWeb, {{"well_with", world.at(kWeb).digest}});
    observed.states.at(kUnit).active_state = "deactivating";
    observed.running.clear();
    auto plan = units::plan(world.view(), observed);
    CHECK(plan.changes.empty());
    REQUIRE(plan.sightings.size() == 1);
    CHECK(plan.sightings[0].reason == "Stopping");
    CHECK_FALSE(plan.sightings[0].facts.contains("well_with"));

    world.unready(kWeb);
    observed.states.at(kUnit).active_state = "inactive";
    plan = units::plan(world.view(), observed);
    CHECK(actions(plan) == Actions{"start"});
    CHECK(plan.changes[0].reason == "StoppedBehindOurBack");
  }

  TEST_CASE("after a reboot it is written and started, and nobody is blamed") {
    test::World world;
    world.add(kWeb, web());
    world.ready(kWeb, {{"well_with", world.at(kWeb).digest}});
    const auto plan = units::plan(world.view(), {});
    CHECK(actions(plan) == Actions{"write", "start"});
    CHECK(plan.changes[0].reason == "Missing");
    CHECK(plan.changes[1].reason == "Started");
    for (const auto& change : plan.changes) CHECK_FALSE(change.repair);
    REQUIRE(plan.sightings.size() == 1);
    CHECK(plan.sightings[0].facts.at("well_with").empty());
  }

  TEST_CASE("after a boot everything is written and started, and nobody is blamed") {
    test::World world;
    world.add(kWeb, web());
    world.ready(kWeb, {{"well_with", world.at(kWeb).digest}});
    const auto plan = units::plan(world.view(true), {});
    CHECK(actions(plan) == Actions{"write", "start"});
    CHECK(plan.changes[1].reason == "Started");
    CHECK_FALSE(plan.changes[1].repair);
  }

  TEST_CASE("a service that crashed says how it ended while it waits to be started again") {
    test::World world;
    auto observed = healthy(world.add(kWeb, web()));
    world.ready(kWeb, {{"well_with", world.at(kWeb).digest}});
    auto& state = observed.states.at(kUnit);
    state.active_state = "failed";
    state.result = "exit-code";
    state.exit_status = 3;
    observed.running.clear();
    const auto plan = units::plan(world.view(), observed);
    CHECK(actions(plan) == Actions{"start"});
    REQUIRE(plan.sightings.size() == 1);
    CHECK(plan.sightings[0].degraded);
    CHECK(plan.sightings[0].message.find("code 3") != std::string::npos);
  }

  TEST_CASE("a container that systemd restarted by itself is told, once") {
    test::World world;
    auto observed = healthy(world.add(kWeb, web()));
    world.ready(kWeb, {{"invocation", "run-0"}});
    const auto plan = units::plan(world.view(), observed);
    CHECK(plan.changes.empty());
    REQUIRE(plan.events.size() == 1);
    CHECK(plan.events[0].reason == "Restarted");
    CHECK(plan.sightings[0].facts.at("invocation") == "run-1");
  }

  TEST_CASE("other settings mean a new file and a restart, which needs no reload") {
    test::World world;
    const auto observed = healthy(world.add(kWeb, web()));
    auto changed = web();
    changed.restarts = 1;
    world.add(kWeb, changed).generation = 2;
    CHECK(actions(units::plan(world.view(), observed)) == Actions{"write", "stop", "start"});
  }

  TEST_CASE("a new version ends the old unit before it starts its own") {
    test::World world;
    const auto observed = healthy(world.add(kWeb, web()));
    auto changed = web();
    changed.unit = "town-os-package--default-web-1.1.service";
    world.add(kWeb, changed).generation = 2;
    const auto plan = units::plan(world.view(), observed);
    CHECK(actions(plan) == Actions{"write", "forget", "start"});
    CHECK(plan.changes[1].subject == kUnit);
  }

  TEST_CASE("stopped, as asked, is well; and running then means a stop") {
    test::World world;
    auto spec = web();
    spec.running = false;
    auto observed = healthy(world.add(kWeb, spec));
    CHECK(actions(units::plan(world.view(), observed)) == Actions{"stop"});
    observed.states.at(kUnit).active_state = "inactive";
    observed.running.clear();
    const auto plan = units::plan(world.view(), observed);
    CHECK(plan.changes.empty());
    CHECK(plan.sightings[0].ready);
  }

  TEST_CASE("a removed unit is stopped and forgotten, and then it is over") {
    test::World world;
    auto& resource = world.add(kWeb, web());
    auto observed = healthy(resource);
    resource.deleting = true;
    auto plan = units::plan(world.view(), observed);
    CHECK(actions(plan) == Actions{"forget"});
    CHECK(plan.changes[0].finalizes);
    plan = units::plan(world.view(), {});
    CHECK(plan.changes.empty());
    CHECK(plan.sightings[0].finalized);
  }

  TEST_CASE("a service that systemd starts over and over is degraded until it stays up") {
    test::World world;
    const auto& resource = world.add(kWeb, web());
    auto observed = healthy(resource);
    world.ready(kWeb, {{"invocation", "run-1"}, {"well_with", resource.digest}});
    auto& state = observed.states.at(kUnit);
    state.active_state = "activating";
    state.sub_state = "auto-restart";
    state.result = "exit-code";
    state.exit_status = 3;
    observed.running.clear();
    const auto looks = [&] { return units::plan(world.view(), observed).sightings.at(0); };
    state.restarts = 2;
    CHECK_FALSE(looks().degraded);
    state.restarts = 3;
    CHECK(looks().degraded);
    CHECK(looks().reason == "KeepsFailing");
    CHECK(looks().message.find("code 3") != std::string::npos);
    world.degraded(kWeb, looks().reason, looks().facts);
    observed = healthy(resource);
    observed.states.at(kUnit).restarts = 4;
    observed.states.at(kUnit).invocation = "run-5";
    CHECK(looks().degraded);
    world.degraded(kWeb, looks().reason, looks().facts);
    CHECK(looks().ready);
  }

  TEST_CASE("what bears our mark and nobody wants is removed in a resync only") {
    test::World world;
    Resource gone;
    gone.digest = "x";
    const auto observed = healthy(gone);
    CHECK(units::plan(world.view(false), observed).changes.empty());
    CHECK(actions(units::plan(world.view(true), observed)) == Actions{"forget"});
  }
}

TEST_SUITE("units/render") {
  TEST_CASE("an argument reaches the program byte by byte: quotes, percent, dollar, backslash") {
    CHECK(units::quote_argument("a b") == "\"a b\"");
    CHECK(units::quote_argument("50% of $HOME") == "\"50%% of $$HOME\"");
    CHECK(units::quote_argument("say \"hi\" \\ there") == "\"say \\\"hi\\\" \\\\ there\"");
    CHECK(units::quote_argument("a\nExecStart=/bin/evil") == "\"a\\nExecStart=/bin/evil\"");
  }

  TEST_CASE("the description cannot begin a new directive") {
    auto spec = web();
    spec.description = "nice\nExecStartPre=/bin/evil\\";
    const auto text = units::render_unit(
        kWeb, spec, "d", {}, {"/e", [](const std::string& path) { return "/town/" + path; }});
    CHECK(text.find("\nExecStartPre") == std::string::npos);
    CHECK(text.find("evil\n") != std::string::npos);
  }

  TEST_CASE("answers are in the environment file and never in the unit file") {
    const auto text = units::render_unit(
        kWeb, web(), "d", {}, {"/e", [](const std::string& path) { return "/town/" + path; }});
    CHECK(text.find("s3cret") == std::string::npos);
    CHECK(units::render_environment(web()) == "PASSWORD=s3cret\n");
  }

  TEST_CASE("the mark tells whose file it is and whether somebody edited it") {
    auto text = units::render_unit(kWeb, web(), "d1", {},
                                   {"/e", [](const std::string& path) { return "/town/" + path; }});
    auto mark = units::read_mark(text);
    REQUIRE(mark.has_value());
    CHECK(mark->key == kWeb);
    CHECK(mark->spec == "d1");
    CHECK(mark->intact);
    text += "Environment=X=1\n";
    CHECK_FALSE(units::read_mark(text)->intact);
    CHECK_FALSE(units::read_mark("[Unit]\n").has_value());
  }
}

}  // namespace
}  // namespace town

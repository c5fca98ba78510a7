#include <doctest/doctest.h>

#include "controllers/marks.h"
#include "controllers/networks/plan.h"
#include "tests/unit/controllers/view.h"

namespace town {
namespace {

const Key kUnit{Kind::unit, "default/web"};
const Key kPort{Kind::port, "tcp/8080"};
constexpr std::uint32_t kConmon = 7;

test::World world() {
  test::World world;
  world.add(kPort, PortSpec{8080, "tcp", to_string(kUnit)});
  return world;
}

/// The unit's own container, watched by kConmon.
networks::Observed ours() {
  networks::Observed observed;
  observed.containers[kConmon] = {"id", "web", {{std::string(marks::kKey), to_string(kUnit)}}};
  return observed;
}

TEST_SUITE("networks/plan") {
  TEST_CASE("a port is kept where nobody listens, or only the app itself") {
    auto observed = ours();
    CHECK(networks::plan(world().view(), observed).sightings.at(0).ready);
    observed.listeners = {{8080, "tcp", kConmon, "conmon"}};
    CHECK(networks::plan(world().view(), observed).sightings.at(0).ready);
  }

  TEST_CASE("a program on the port is named, and the port is looked at again soon") {
    auto observed = ours();
    observed.listeners = {{80, "tcp", 1, "nginx"}, {8080, "tcp", 2, "python"}};
    const auto sighting = networks::plan(world().view(), observed).sightings.at(0);
    CHECK_FALSE(sighting.ready);
    CHECK(sighting.reason == "PortInUse");
    CHECK(sighting.message.find("python") != std::string::npos);
    CHECK(sighting.again.count() > 0);
  }

  TEST_CASE("the same number under another protocol is another port") {
    auto observed = ours();
    observed.listeners = {{8080, "udp", 2, "python"}};
    CHECK(networks::plan(world().view(), observed).sightings.at(0).ready);
  }

  TEST_CASE("of several listeners on one port the first decides") {
    auto observed = ours();
    observed.listeners = {{8080, "tcp", kConmon, "conmon"}, {8080, "tcp", 2, "python"}};
    CHECK(networks::plan(world().view(), observed).sightings.at(0).ready);
    std::swap(observed.listeners[0], observed.listeners[1]);
    CHECK_FALSE(networks::plan(world().view(), observed).sightings.at(0).ready);
  }
}

}  // namespace
}  // namespace town

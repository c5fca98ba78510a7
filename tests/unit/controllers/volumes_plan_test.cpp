#include <doctest/doctest.h>

#include "controllers/volumes/plan.h"
#include "tests/unit/controllers/view.h"

namespace town {
namespace {

const Key kHtml{Kind::volume, "installed/default/web/1.0/html"};

VolumeSpec html() {
  VolumeSpec spec;
  spec.id = "id-1";
  spec.path = kHtml.name;
  spec.quota = 100;
  return spec;
}

Subvolume there(const std::string& path, const std::string& id, std::uint64_t quota = 100) {
  Subvolume subvolume;
  subvolume.path = path;
  subvolume.id = id;
  subvolume.quota = quota;
  return subvolume;
}

TEST_SUITE("volumes/plan") {
  TEST_CASE("a volume that is not there is made") {
    test::World world;
    world.add(kHtml, html());
    const auto plan = volumes::plan(world.view(), {});
    REQUIRE(plan.changes.size() == 1);
    CHECK(plan.changes[0].action == "create");
    CHECK_FALSE(plan.changes[0].repair);
  }

  TEST_CASE("a volume that is as wanted needs nothing and is ready") {
    test::World world;
    world.add(kHtml, html());
    const auto plan = volumes::plan(world.view(), {{there(kHtml.name, "id-1")}});
    CHECK(plan.changes.empty());
    REQUIRE(plan.sightings.size() == 1);
    CHECK(plan.sightings[0].ready);
  }

  TEST_CASE("a quota that somebody changed by hand is set back, and told") {
    test::World world;
    world.add(kHtml, html());
    world.ready(kHtml);
    const auto plan = volumes::plan(world.view(), {{there(kHtml.name, "id-1", 5)}});
    REQUIRE(plan.changes.size() == 1);
    CHECK(plan.changes[0].action == "limit");
    CHECK(plan.changes[0].repair);
    CHECK(plan.changes[0].reason == "QuotaDrifted");
  }

  TEST_CASE("a volume that was renamed away is found by its mark and moved back") {
    test::World world;
    world.add(kHtml, html());
    world.ready(kHtml);
    const auto plan = volumes::plan(world.view(), {{there("user/stolen", "id-1")}});
    REQUIRE(plan.changes.size() == 1);
    CHECK(plan.changes[0].action == "move");
    CHECK(plan.changes[0].subject == "user/stolen");
    CHECK(plan.changes[0].reason == "RenamedAway");
  }

  TEST_CASE("a volume that held data and is gone is not made anew") {
    test::World world;
    world.add(kHtml, html());
    world.ready(kHtml, {{"made", "id-1"}});
    const auto plan = volumes::plan(world.view(), {});
    CHECK(plan.changes.empty());
    REQUIRE(plan.sightings.size() == 1);
    CHECK(plan.sightings[0].degraded);
    CHECK(plan.sightings[0].reason == "VolumeLost");
    REQUIRE(plan.events.size() == 1);
    CHECK(plan.events[0].reason == "VolumeLost");
  }

  TEST_CASE("kept data that is not there is never made, empty") {
    test::World world;
    auto kept = html();
    kept.kept = 1;
    world.add(kHtml, kept);
    const auto plan = volumes::plan(world.view(), {});
    CHECK(plan.changes.empty());
    REQUIRE(plan.sightings.size() == 1);
    CHECK(plan.sightings[0].reason == "VolumeLost");
  }

  TEST_CASE("what lies at the path and is not ours is never touched") {
    test::World world;
    world.add(kHtml, html());
    const auto plan = volumes::plan(world.view(), {{there(kHtml.name, "")}});
    CHECK(plan.changes.empty());
    CHECK(plan.sightings[0].reason == "PathTaken");
  }

  TEST_CASE(
      "an uninstalled app's data is moved aside once nothing uses it, and nothing is destroyed") {
    test::World world;
    world.add(kHtml, html()).deleting = true;
    auto kept = html();
    kept.path = "uninstalled/default/web/1.0/html";
    const Key kept_key{Kind::volume, kept.path};
    world.add(kept_key, kept);
    const Key unit{Kind::unit, "default/web"};
    auto& user = world.add(unit, UnitSpec{});
    user.needs = {kHtml};
    user.deleting = true;
    const volumes::Observed observed{{there(kHtml.name, "id-1")}};

    SUBCASE("while the unit is still there, it waits") {
      const auto plan = volumes::plan(world.view(), observed);
      CHECK(plan.changes.empty());
    }
    SUBCASE("then it is moved, and the old key is done") {
      world.drop(unit);
      const auto plan = volumes::plan(world.view(), observed);
      REQUIRE(plan.changes.size() == 1);
      CHECK(plan.changes[0].action == "move");
      CHECK(plan.changes[0].key == kept_key);
      const auto& sightings = plan.sightings;
      CHECK(std::any_of(sightings.begin(), sightings.end(), [](const Sighting& sighting) {
        return sighting.key == kHtml && sighting.finalized;
      }));
    }
  }

  TEST_CASE("only a purge destroys") {
    test::World world;
    auto& resource = world.add(kHtml, html());
    resource.deleting = true;
    const volumes::Observed observed{{there(kHtml.name, "id-1")}};
    CHECK(volumes::plan(world.view(), observed).changes.empty());
    resource.purge = true;
    const auto plan = volumes::plan(world.view(), observed);
    REQUIRE(plan.changes.size() == 1);
    CHECK(plan.changes[0].action == "destroy");
    CHECK(plan.changes[0].finalizes);
  }

  TEST_CASE("a purge of data that another wish still wants destroys nothing") {
    test::World world;
    auto& resource = world.add(kHtml, html());
    resource.deleting = true;
    resource.purge = true;
    auto other = html();
    other.path = "installed/default/web/2.0/html";
    world.add({Kind::volume, other.path}, other);
    const auto plan = volumes::plan(world.view(), {{there(kHtml.name, "id-1")}});
    for (const auto& change : plan.changes) CHECK(change.action != "destroy");
  }

  TEST_CASE("a volume that holds more than its quota is usable, and says so") {
    test::World world;
    world.add(kHtml, html());
    auto full = there(kHtml.name, "id-1");
    full.used = 200;
    const auto plan = volumes::plan(world.view(), {{full}});
    CHECK(plan.sightings[0].ready);
    CHECK(plan.sightings[0].degraded);
    CHECK(plan.sightings[0].reason == "OverQuota");
  }
}

}  // namespace
}  // namespace town

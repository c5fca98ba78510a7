// What becomes of volumes over several passes, of a whole box on the memory machine.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/unit/box.h"

namespace town {
namespace {

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

TEST_SUITE("volumes/story") {
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
}

}  // namespace
}  // namespace town

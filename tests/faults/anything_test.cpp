// Whatever is asked, in whatever order and however little was done in between: in the end the
// machine holds what the graph says, and no data that nobody destroyed has lost its owner.
#include <doctest/doctest.h>

#include <random>
#include <set>

#include "tests/unit/box.h"

namespace town {
namespace {

constexpr auto kOne = R"(image: busybox
environment: {MARK: "@mark@"}
volumes:
  data: {mountpoint: /data, quota: 10mb}
questions:
  mark: {query: "A mark?", default: none}
)";
constexpr auto kTwo = R"(image: busybox
environment: {MARK: "@mark@"}
volumes:
  data: {mountpoint: /data, quota: 10mb}
  more: {mountpoint: /more, quota: 10mb}
questions:
  mark: {query: "A mark?", default: none}
)";

class Walk {
 public:
  explicit Walk(unsigned seed) : random_(seed) {
    box_.offers({test::offer("app", "1.0", kOne), test::offer("app", "2.0", kTwo)});
  }

  /// One wish; what cannot be had (nothing installed) is refused, which is an answer too.
  void ask() {
    try {
      if (chance(40)) {
        Uninstall request{"default", "app", "", chance(30)};
        box_.submit(request);
        told_ += request.purge_volumes ? " purge" : " keep";
      } else if (chance(10)) {
        box_.submit(PurgeVolumes{"default", "app", false});
        told_ += " purge-kept";
      } else {
        Install request;
        request.package = "app";
        request.version = chance(50) ? "1.0" : "2.0";
        request.reuse_volumes = chance(50);
        request.responses["mark"] = std::to_string(++marks_);
        box_.submit(request);
        told_ += " " + request.version + (request.reuse_volumes ? "-reuse" : "");
      }
    } catch (const Error& error) {
      if (error.code() != Code::not_found && error.code() != Code::conflict) throw;
    }
  }

  /// Less than all that there is to do.
  void work_a_little() {
    for (auto& loop : box_.loops) {
      if (chance(50)) loop->pass();
    }
  }

  void check() {
    CAPTURE(told_);
    REQUIRE(box_.settle(100));
    const auto snapshot = box_.snapshot();
    std::set<std::string> wanted;
    std::set<std::string> found;
    snapshot.graph->each([&](const ResourcePtr& resource) {
      const auto how = outcome(snapshot, resource->key);
      CAPTURE(to_string(resource->key));
      CAPTURE(how.message);
      CHECK_FALSE(resource->deleting);
      CHECK(how.word == Outcome::Word::ready);
      if (const auto* volume = std::get_if<VolumeSpec>(&resource->spec)) {
        wanted.insert(volume->path + " " + volume->id);
      }
    });
    for (const auto& subvolume : box_.machine->btrfs().list()) {
      if (!subvolume.id.empty()) found.insert(subvolume.path + " " + subvolume.id);
    }
    CHECK(found == wanted);
  }

  bool chance(int percent) {
    return std::uniform_int_distribution<int>(1, 100)(random_) <= percent;
  }

 private:
  test::Box box_;
  std::minstd_rand random_;
  std::string told_;
  int marks_ = 0;
};

TEST_SUITE("faults/anything") {
  TEST_CASE(
      "any wishes, with any part of the work done in between, end with nothing lost or left") {
    for (unsigned seed = 1; seed <= 200; ++seed) {
      CAPTURE(seed);
      Walk walk(seed);
      for (int round = 0; round < 5; ++round) {
        for (int i = 0; i < 4; ++i) {
          walk.ask();
          walk.work_a_little();
        }
        walk.check();
      }
    }
  }
}

}  // namespace
}  // namespace town

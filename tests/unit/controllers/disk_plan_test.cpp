#include <doctest/doctest.h>

#include "controllers/disk/plan.h"
#include "tests/unit/controllers/view.h"

namespace town {
namespace {

constexpr std::uint64_t kMiB = 1U << 20U;
constexpr std::uint64_t kReserve = 64 * kMiB;
constexpr std::uint64_t kSlice = 8 * kMiB;
constexpr std::uint64_t kDisk = 4096 * kMiB;

const Key kData{Kind::disk, "data"};

disk::Room room(std::uint64_t available, int held = disk::kSlices) {
  return {{kDisk, kDisk - available, available}, held};
}

disk::Room tight() {
  auto made = room(1000 * kMiB);
  made.usage.metadata_tight = true;
  return made;
}

test::World world() {
  test::World made;
  made.add(kData, DiskSpec{kReserve});
  return made;
}

/// The only sighting of a plan over a room.
Sighting seen(const test::World& world, const disk::Room& room) {
  const auto plan = disk::plan(world.view(), {room, {}});
  REQUIRE(plan.sightings.size() == 1);
  return plan.sightings.front();
}

}  // namespace

TEST_SUITE("disk/plan") {
  TEST_CASE("the reserve is an eighth of a small disk at most") {
    CHECK(disk::slice_size({kDisk, 0, kDisk}, kReserve) * disk::kSlices == kReserve);
    CHECK(disk::slice_size({256 * kMiB, 0, 0}, kReserve) * disk::kSlices == 32 * kMiB);
    CHECK(disk::room_to_open({kDisk, 0, 0}, kReserve) == 16 * kMiB);
    CHECK(disk::room_to_open({64 * kMiB, 0, 0}, kReserve) == 4 * kMiB);
  }

  TEST_CASE("a slice is given up only when a write would find no room") {
    using disk::Verdict;
    const auto people = [](const disk::Room& r) {
      return disk::before_write(r, kReserve, Writer::people);
    };
    CHECK(people(room(kDisk)) == Verdict::write);
    CHECK(people(room(kSlice)) == Verdict::write);
    CHECK(people(room(kMiB)) == Verdict::release);
    CHECK(people(room(0, 1)) == Verdict::release);
    CHECK(people(room(kMiB, 0)) == Verdict::write);
    CHECK(people(room(0, 0)) == Verdict::refuse);
  }

  TEST_CASE("loops leave half of the reserve to people") {
    using disk::Verdict;
    const auto loops = [](const disk::Room& r) {
      return disk::before_write(r, kReserve, Writer::loops);
    };
    CHECK(loops(room(0, 8)) == Verdict::release);
    CHECK(loops(room(0, 5)) == Verdict::release);
    CHECK(loops(room(0, 4)) == Verdict::refuse);
    CHECK(loops(room(kMiB, 4)) == Verdict::refuse);
    CHECK(loops(room(kSlice, 4)) == Verdict::write);
  }

  TEST_CASE("the reserve is taken again when as much stays free besides") {
    CHECK(disk::can_hold(room(128 * kMiB, 0), kReserve));
    CHECK_FALSE(disk::can_hold(room(127 * kMiB, 0), kReserve));
    CHECK(disk::can_hold(room(72 * kMiB, 7), kReserve));
    auto few_files_left = tight();
    few_files_left.held = 7;
    CHECK_FALSE(disk::can_hold(few_files_left, kReserve));
    const auto plan = disk::plan(world().view(), {room(500 * kMiB, 3), {}});
    REQUIRE(plan.changes.size() == 1);
    CHECK(plan.changes[0].action == "hold");
    CHECK(disk::plan(world().view(), {room(500 * kMiB), {}}).changes.empty());
    CHECK(disk::plan(world().view(), {room(80 * kMiB, 3), {}}).changes.empty());
  }

  TEST_CASE("a disk with room is well, also before anything was kept back") {
    CHECK(seen(world(), room(500 * kMiB)).ready);
    CHECK(seen(world(), room(500 * kMiB, 0)).ready);
    CHECK(disk::shortage(room(500 * kMiB, 0), kReserve).message.empty());
  }

  TEST_CASE("a short disk is named, with what is left and what to do") {
    const auto almost = seen(world(), room(40 * kMiB));
    CHECK(almost.degraded);
    CHECK(almost.reason == "DiskAlmostFull");
    CHECK(almost.message.find("less than 64 MB of 4 GB are free") != std::string::npos);
    CHECK(almost.message.find("townctl volume remove") != std::string::npos);
    const auto full = seen(world(), room(0));
    CHECK(full.reason == "DiskFull");
    CHECK(full.message.find("stays as it is") != std::string::npos);
    CHECK(full.message.find("kept back") == std::string::npos);
    CHECK(seen(world(), room(40 * kMiB, 6)).reason == "DiskFull");
    CHECK(seen(world(), room(0, 6)).message.find("kept back") != std::string::npos);
    CHECK(seen(world(), tight()).reason == "DiskFull");
    CHECK(seen(world(), tight()).message.find("too many files") != std::string::npos);
  }

  TEST_CASE("a disk that fills byte by byte does not bring a new sentence each time") {
    CHECK(disk::shortage(room(40 * kMiB), kReserve).message ==
          disk::shortage(room(50 * kMiB), kReserve).message);
  }

  TEST_CASE("who takes the room is named") {
    Subvolume photos;
    photos.path = "user/photos";
    photos.used = 3000 * kMiB;
    Subvolume notes;
    notes.path = "user/notes";
    notes.used = kMiB;
    auto plan = disk::plan(world().view(), {room(0), {notes, photos}});
    auto message = plan.sightings.at(0).message;
    CHECK(message.find("Most is in user/photos") != std::string::npos);
    CHECK(message.find("notes") == std::string::npos);
    CHECK(message.find("in no volume") == std::string::npos);
    plan = disk::plan(world().view(), {room(0), {notes}});
    CHECK(plan.sightings.at(0).message.find("in no volume") != std::string::npos);
  }

  TEST_CASE("it is told once when it begins, when it gets worse, and when it ends") {
    auto made = world();
    made.ready(kData);
    auto plan = disk::plan(made.view(), {room(40 * kMiB), {}});
    REQUIRE(plan.events.size() == 1);
    CHECK(plan.events[0].reason == "DiskAlmostFull");
    CHECK(plan.events[0].warning);
    made.degraded(kData, "DiskAlmostFull", {});
    CHECK(disk::plan(made.view(), {room(40 * kMiB), {}}).events.empty());
    CHECK(disk::plan(made.view(), {room(0), {}}).events.at(0).reason == "DiskFull");
    made.degraded(kData, "DiskFull", {});
    plan = disk::plan(made.view(), {room(500 * kMiB), {}});
    REQUIRE(plan.events.size() == 1);
    CHECK(plan.events[0].reason == "HasRoom");
    CHECK_FALSE(plan.events[0].warning);
    CHECK(plan.sightings[0].ready);
  }

  TEST_CASE("once short it has to become clearly better") {
    auto made = world();
    made.ready(kData);
    made.degraded(kData, "DiskAlmostFull", {});
    CHECK(seen(made, room(70 * kMiB)).degraded);
    CHECK(seen(made, room(70 * kMiB, 3)).degraded);
    CHECK(seen(made, room(96 * kMiB)).ready);
    // What is new is taken on as soon as there is room.
    CHECK(disk::shortage(room(70 * kMiB), kReserve).message.empty());
  }
}

}  // namespace town

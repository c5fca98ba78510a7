#include <doctest/doctest.h>

#include "controllers/disk/keeper.h"
#include "controllers/drivers/memory.h"
#include "engine/requests.h"
#include "state/error.h"
#include "tests/unit/box.h"

namespace town {
namespace {

constexpr std::uint64_t kMiB = 1U << 20U;
constexpr std::uint64_t kDisk = 1024 * kMiB;

const Key kData{Kind::disk, kDataDisk};

/// A box that keeps its reserve, on a disk of 1 GB, with a person's volume on it.
struct Full {
  Full() {
    Store::Options options;
    options.in_memory = true;
    options.make_room = [this](Writer writer) {
      if (box) box->keeper.make_room(writer);
    };
    std::shared_ptr<Store> store = Store::open(options);
    machine->set_disk(kDisk);
    box = std::make_unique<test::Box>(store, machine);
    box->submit(KeepRoom{});
    box->submit(CreateVolume{"photos", 0});
    REQUIRE(box->settle());
    REQUIRE(machine->reserve().held() == disk::kSlices);
  }

  /// So many bytes are left besides the reserve.
  void leave(std::uint64_t bytes) {
    machine->fill(kDisk - disk::kSlices * 8 * kMiB - bytes);
    REQUIRE(machine->btrfs().usage().available == bytes);
  }

  std::shared_ptr<MemoryMachine> machine = std::make_shared<MemoryMachine>();
  std::unique_ptr<test::Box> box;
};

std::string reason_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.reason();
  }
  return "";
}

}  // namespace

TEST_SUITE("disk/keeper") {
  TEST_CASE("a box keeps room back, says that it has room, and commits nothing more for it") {
    Full full;
    CHECK(full.box->word(kData) == Outcome::Word::ready);
    const auto before = full.box->snapshot().revision;
    full.box->submit(KeepRoom{});
    CHECK(full.box->snapshot().revision == before);
  }

  TEST_CASE("on a full disk a person's wish finds room, one slice at a time") {
    Full full;
    full.leave(0);
    full.box->submit(SetSetting{"locale", "de-DE"});
    CHECK(full.machine->reserve().held() == disk::kSlices - 1);
    // Whoever fills the disk takes what was given up.
    full.machine->fill(kDisk - 7 * 8 * kMiB);
    full.box->submit(SetSetting{"locale", "en-US"});
    CHECK(full.machine->reserve().held() == disk::kSlices - 2);
  }

  TEST_CASE("nothing new is taken on while the disk is short, and removing always works") {
    Full full;
    full.leave(0);
    CHECK(reason_of([&] { full.box->submit(CreateVolume{"more", 0}); }) == "DiskFull");
    full.box->submit(RemoveVolume{"user/photos"});
    CHECK(full.box->settle());
    CHECK(full.machine->btrfs().list().empty());
  }

  TEST_CASE("a full disk is named, and heals with its reserve when there is room again") {
    Full full;
    full.leave(0);
    full.box->settle();
    CHECK(full.box->word(kData) == Outcome::Word::degraded);
    CHECK(outcome(full.box->snapshot(), kData).reason == "DiskFull");
    CHECK(full.machine->reserve().held() < disk::kSlices);
    full.machine->fill(0);
    CHECK(full.box->settle());
    CHECK(full.box->word(kData) == Outcome::Word::ready);
    CHECK(full.machine->reserve().held() == disk::kSlices);
    CHECK(full.box->reasons(kData).front() == "HasRoom");
    CHECK(reason_of([&] { full.box->submit(CreateVolume{"more", 0}); }).empty());
  }

  TEST_CASE(
      "when all is used up a write is refused, the store goes on, and heals without restart") {
    Full full;
    while (full.machine->reserve().held() > 0) full.machine->reserve().release();
    full.machine->fill(kDisk);
    const auto before = full.box->snapshot().revision;
    CHECK(reason_of([&] { full.box->submit(RemoveVolume{"user/photos"}); }) == "DiskFull");
    CHECK(full.box->store->head() == full.box->snapshot().graph);
    full.box->settle();
    CHECK(full.box->snapshot().revision == before);
    full.machine->fill(0);
    full.box->submit(RemoveVolume{"user/photos"});
    CHECK(full.box->settle());
    CHECK(full.machine->btrfs().list().empty());
    CHECK(full.machine->reserve().held() == disk::kSlices);
  }

  TEST_CASE(
      "what was asked for is done even where it cannot be written down that it is under way") {
    Full full;
    full.box->submit(RemoveVolume{"user/photos"});
    // Half of the reserve is left, and none of it is for loops.
    for (int i = 0; i < disk::kSlices / 2; ++i) full.machine->reserve().release();
    full.machine->fill(kDisk - disk::kSlices / 2 * 8 * kMiB);
    full.box->settle();
    CHECK(full.machine->btrfs().list().empty());
  }

  TEST_CASE("before a store is opened just enough is given up") {
    Full full;
    full.leave(0);
    CHECK(full.box->keeper.make_room_to_open(false));
    CHECK(full.machine->reserve().held() == disk::kSlices - 2);
    CHECK(full.box->keeper.make_room_to_open(false));
    CHECK(full.machine->reserve().held() == disk::kSlices - 2);
    while (full.machine->reserve().held() > 0) full.machine->reserve().release();
    full.machine->fill(kDisk);
    CHECK_FALSE(full.box->keeper.make_room_to_open(false));
  }

  TEST_CASE("where a write failed, a slice is given up however much room there seems to be") {
    Full full;
    CHECK(full.box->keeper.make_room_to_open(true));
    CHECK(full.machine->reserve().held() == disk::kSlices - 1);
    full.machine->set_metadata_tight(true);
    full.box->submit(SetSetting{"locale", "de-DE"});
    CHECK(full.machine->reserve().held() == disk::kSlices - 1);
    CHECK(full.box->keeper.make_room_to_open(false));
    CHECK(full.machine->reserve().held() == disk::kSlices - 2);
  }

  TEST_CASE("whoever follows the disk is told of each slice") {
    Full full;
    int told = 0;
    full.box->keeper.on_release([&] { ++told; });
    full.leave(0);
    full.box->submit(SetSetting{"locale", "de-DE"});
    CHECK(told == 1);
    full.box->keeper.on_release({});
  }
}

}  // namespace town

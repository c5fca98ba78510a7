#include "controllers/drivers/reserve.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include "machine.h"

namespace town::contract {
namespace {

constexpr std::uint64_t kSlice = 8 << 20;
constexpr std::uint64_t kFew = 2 << 20;  // what the file system books besides

/// A file system knows only after a commit what is free.
std::uint64_t available(Machine& machine) {
  if (is_real()) sync();
  return machine.btrfs().usage().available;
}

}  // namespace

TEST_SUITE("contract/reserve") {
  TEST_CASE("what is kept back is missing on the disk, and is there again when it was given up") {
    Machine machine;
    auto& reserve = machine.reserve();
    CHECK(reserve.held() == 0);
    const auto before = available(machine);
    reserve.hold(kSlice);
    reserve.hold(kSlice);
    CHECK(reserve.held() == 2);
    CHECK(available(machine) <= before - 2 * kSlice + kFew);
    reserve.release();
    CHECK(reserve.held() == 1);
    CHECK(available(machine) >= before - kSlice - kFew);
    reserve.release();
    CHECK(reserve.held() == 0);
  }

  TEST_CASE("giving up more than there is does nothing") {
    Machine machine;
    machine.reserve().hold(kSlice);
    machine.reserve().release();
    machine.reserve().release();
    CHECK(machine.reserve().held() == 0);
  }

  TEST_CASE("more than the disk has cannot be kept, and nothing is left of the attempt") {
    Machine machine;
    auto& reserve = machine.reserve();
    reserve.hold(kSlice);
    const auto before = available(machine);
    CHECK(reason_of([&] { reserve.hold(std::uint64_t{1} << 50); }) == "DiskFull");
    CHECK(reserve.held() == 1);
    CHECK(available(machine) + kFew >= before);
  }
}

}  // namespace town::contract

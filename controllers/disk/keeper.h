// Makes room for the store, before it is opened and before it writes, and looks after the reserve.
// Owned by townd's main; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>

#include "controllers/disk/plan.h"
#include "controllers/drivers/btrfs.h"
#include "controllers/drivers/reserve.h"

namespace town::disk {

class Keeper {
 public:
  /// `reserve` is what is wanted until somebody says otherwise.
  Keeper(Btrfs& btrfs, Reserve& reserve, std::uint64_t wanted)
      : btrfs_(btrfs), reserve_(reserve), wanted_(wanted) {}

  Room look();
  /// As it is now, in words; empty where there is room.
  std::string shortage();

  /// Before the store writes: gives up slices where it must. Throws Error{unavailable, DiskFull}
  /// where nothing is left for this writer.
  void make_room(Writer writer);

  /// The same before a store is opened; `failed`: writing it has just failed, so what looks like
  /// room may be none. False where all was given up and it may still not be enough.
  bool make_room_to_open(bool failed);

  /// Takes the slices that are missing of a reserve of so many bytes, as long as there is room for
  /// all of them. Throws Error{unavailable, DiskFull}.
  void hold(std::uint64_t wanted);

  /// Called whenever a slice was given up, in the thread that did it.
  void on_release(std::function<void()> notify);

 private:
  Room look_now();
  void release();

  Btrfs& btrfs_;
  Reserve& reserve_;
  std::mutex mutex_;
  std::uint64_t wanted_;
  std::function<void()> notify_;
};

}  // namespace town::disk

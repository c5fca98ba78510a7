#include "controllers/disk/keeper.h"

#include <spdlog/spdlog.h>

#include "state/error.h"

namespace town::disk {

Room Keeper::look_now() { return {btrfs_.usage(), reserve_.held()}; }

Room Keeper::look() {
  const std::lock_guard lock(mutex_);
  return look_now();
}

std::string Keeper::shortage() {
  const std::lock_guard lock(mutex_);
  return disk::shortage(look_now(), wanted_).message;
}

void Keeper::make_room(Writer writer) {
  const std::lock_guard lock(mutex_);
  while (true) {
    // Before most writes one look at the disk is all.
    Room room{btrfs_.usage(), kSlices};
    if (before_write(room, wanted_, writer) == Verdict::write) return;
    room.held = reserve_.held();
    const auto verdict = before_write(room, wanted_, writer);
    if (verdict == Verdict::write) return;
    if (verdict == Verdict::refuse) {
      throw Error(Code::unavailable, "DiskFull", disk::shortage(room, wanted_).message);
    }
    release();
  }
}

bool Keeper::make_room_to_open(bool failed) {
  const std::lock_guard lock(mutex_);
  auto room = look_now();
  // Of metadata one slice is enough for a while, and how much there is nobody can tell for sure.
  if ((failed || room.usage.metadata_tight) && room.held > 0) {
    release();
    room = look_now();
  }
  const auto needed = room_to_open(room.usage, wanted_);
  while (room.usage.available < needed && room.held > 0) {
    release();
    room = look_now();
  }
  return room.usage.available >= needed;
}

void Keeper::hold(std::uint64_t wanted) {
  // Let go of between slices: the store may be waiting to write.
  const auto hold_one = [&] {
    const std::lock_guard lock(mutex_);
    wanted_ = wanted;
    const auto room = look_now();
    if (room.held >= kSlices || !can_hold(room, wanted_)) return false;
    reserve_.hold(slice_size(room.usage, wanted_));
    return true;
  };
  while (hold_one()) {
  }
}

void Keeper::on_release(std::function<void()> notify) {
  const std::lock_guard lock(mutex_);
  notify_ = std::move(notify);
}

void Keeper::release() {
  spdlog::warn("the disk is full: giving up a part of what is kept back left={}",
               reserve_.held() - 1);
  reserve_.release();
  if (notify_) notify_();
}

}  // namespace town::disk

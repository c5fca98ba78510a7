// How much room there is on the disk of the data, what the box does about it, and how it says so.
// Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "controllers/drivers/btrfs.h"
#include "engine/plan.h"
#include "state/store.h"

namespace town::disk {

/// Of the reserve: one is given up at a time, so that whoever fills the disk does not get all of it
/// at once.
inline constexpr int kSlices = 8;

struct Room {
  DiskFigures usage;
  int held = 0;  ///< slices of the reserve
};

/// Bytes of one slice where `reserve` are wanted; the whole reserve is never more than an eighth of
/// the disk.
std::uint64_t slice_size(const DiskFigures& usage, std::uint64_t reserve);

enum class Verdict : std::uint8_t {
  write,
  release,  ///< give up a slice, and look again
  refuse,   ///< nothing is left for this writer
};

/// Whether a write may begin. Loops may use half of the reserve, people all of it: what is seen
/// while nobody is there must not use up what a person needs to put things right.
Verdict before_write(const Room& room, std::uint64_t reserve, Writer writer);

/// What must be free for a store to be opened: its log and the files that it begins.
std::uint64_t room_to_open(const DiskFigures& usage, std::uint64_t reserve);

/// Whether all missing slices can be taken, and as much as the reserve stays free besides.
bool can_hold(const Room& room, std::uint64_t reserve);

struct Shortage {
  std::string reason;  ///< "DiskFull" or "DiskAlmostFull"; empty where there is room
  std::string message;
};

/// Whether there is room for anything new, and if not, what to do. Its figures are coarse, so that
/// a disk that fills does not bring a new sentence with each byte.
Shortage shortage(const Room& room, std::uint64_t reserve);

struct Observed {
  Room room;
  std::vector<Subvolume> volumes;  ///< looked at only where there is a shortage
};

/// One of `disk/data`: says how it is, and has missing slices taken ("hold") when there is room.
Plan plan(const View& view, const Observed& observed);

}  // namespace town::disk

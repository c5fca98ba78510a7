// Room that the box keeps back for itself on the disk of its data, in slices that are given up one
// at a time. Owned by townd's main; any thread, one call at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

namespace town {

class Reserve {
 public:
  virtual ~Reserve() = default;

  /// How many slices there are now.
  virtual int held() = 0;

  /// One more slice, of so many bytes, and with room for the places and names of some files. Throws
  /// Error{unavailable, DiskFull} and then holds no more than before.
  virtual void hold(std::uint64_t bytes) = 0;

  /// Gives up one slice; its room can be used when it returns. None left is fine.
  virtual void release() = 0;
};

/// In a directory that is its alone; made with the first slice.
std::unique_ptr<Reserve> make_reserve(const std::filesystem::path& directory);

}  // namespace town

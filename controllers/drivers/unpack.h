// Unpacks an archive (tar, plain or compressed) into a directory that nobody else uses yet. The
// archive is hostile: see TreeWriter; and bounds on how many entries, how much and how long. The
// one place that knows libarchive. Any thread; blocks.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

#include "controllers/drivers/volume_files.h"

namespace town {

struct UnpackOptions {
  std::string name;            ///< for messages: "the archive photos.tar.gz"
  FileOwner owner{};           ///< of all that is unpacked; without: as the archive says, by number
  bool outward_links = false;  ///< links may lead out: what they mean is the container's root
  bool top = false;            ///< the archive says how the directory itself is to look
  std::uint64_t entries = 1'000'000;
  /// How many bytes may come of one that was read, once there are more than 256 MiB: more than gzip
  /// can ever make (1032), and only a bomb does with the other ones.
  std::uint64_t ratio = 1'100;
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
};

/// Reads the archive from the descriptor `source` and returns how many entries it had.
/// Error{remote} with reason ArchiveDamaged (also: of a sort that is not known), ArchiveUnsafe or
/// ArchiveTooLarge; Error{unavailable} with reason TimedOut, Stopped, DiskFull or QuotaExceeded.
/// What was unpacked until then stays: the directory is to be thrown away.
std::uint64_t unpack(int source, int top, const UnpackOptions& options,
                     const std::function<void(const std::string&)>& progress,
                     const std::stop_token& stop);

}  // namespace town

// The mark by which a subvolume is known to be a volume of ours. For the btrfs driver and the check
// before each start; any thread.
#pragma once

#include <string>

namespace town {

/// The id that the mark of this subvolume carries; empty where it has none, or one that was given
/// to another subvolume: a snapshot takes its source's mark along.
std::string volume_mark(int fd, const std::string& uuid);

/// Marks the subvolume whose top directory `fd` is. Throws Error where the file system refuses.
void mark_volume(int fd, const std::string& id);

/// Empty where the volume `id` is at `path` below `root`; otherwise a sentence on what is there
/// instead. Throws Error where that cannot be found out.
std::string volume_missing(const std::string& root, const std::string& path, const std::string& id);

}  // namespace town

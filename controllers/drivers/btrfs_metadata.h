// Room for the places and names of files, which btrfs keeps apart from data. For btrfs.cpp only;
// any thread.
#pragma once

namespace town {

/// Whether so little of it is left that the next write may fail; `fd` is of anything on the file
/// system. Throws Error where the kernel refuses.
bool metadata_tight(int fd);

}  // namespace town

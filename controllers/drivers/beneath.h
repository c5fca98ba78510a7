// Opens and makes directories beneath a directory, and nowhere else: no link is followed, no ".."
// leads out, no other file system is entered. For drivers and streams; any thread.
#pragma once

#include <sys/types.h>

#include <string>

#include "controllers/drivers/descriptor.h"

namespace town {

/// openat2() with RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS and RESOLVE_NO_XDEV; `path` is relative and
/// "" is the directory itself. Returns no descriptor and leaves errno where it fails.
Descriptor open_beneath(int directory, const std::string& path, int flags, mode_t mode = 0);

/// Opens the directory at `path`, making it (0755) and its parents where they are missing. Throws
/// Error{unavailable, DiskFull}, or Error{internal, FileSystem}.
Descriptor make_directories(int directory, const std::string& path);

/// "a/b" of "a/b/c", "" of "c".
std::string parent_of(const std::string& path);
/// "c" of "a/b/c".
std::string leaf_of(const std::string& path);

}  // namespace town

// Rules and sentences that both btrfs drivers share. Pure functions; any thread.
#pragma once

#include <string>

#include "state/error.h"

namespace town {

/// Throws Error{invalid, BadPath} unless the path is relative, has at most 1024 bytes, and none of
/// its components is empty, ".", ".." or longer than 255 bytes.
void check_volume_path(const std::string& path);

Error path_taken(const std::string& path);
Error no_subvolume(const std::string& path);
Error moved_into_itself(const std::string& path);

}  // namespace town

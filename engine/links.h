// Where a symbolic link leads, by its text alone. Pure; any thread.
#pragma once

#include <string_view>

namespace town {

/// Whether a link at `path` (relative, canonical) with this target leads out of the tree that the
/// path is in. An absolute one does, and so does one that only passes through the outside.
bool leads_out(std::string_view path, std::string_view target);

}  // namespace town

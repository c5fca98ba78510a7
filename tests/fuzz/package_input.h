// What a hostile package file may never do: the body of the fuzz target, and of the unit test that
// replays its corpus. Stateless; any thread.
#pragma once

#include <string_view>

namespace town::package {

/// Reads `text` as a package, compiles it with made-up answers, and substitutes markers in it.
/// Throws std::logic_error, which nobody catches, where a promise is broken.
void try_package(std::string_view text);

}  // namespace town::package

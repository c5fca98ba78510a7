// What podman's words mean. Pure functions; any thread.
#pragma once

#include <string>

#include "state/error.h"

namespace town {

/// The last line of `text` that says something, without "Error: ", at most 500 bytes.
std::string last_line(const std::string& text);

/// `words` is what podman printed to stderr (podman 4.3, containers/image 5.23). Reasons as
/// Podman::pull says.
Error pull_failure(const std::string& reference, const std::string& words);

}  // namespace town

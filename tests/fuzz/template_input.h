// What a hostile file template may never do: the body of the fuzz target, and of the unit test that
// replays its corpus. Stateless; any thread.
#pragma once

#include <string_view>

namespace town::tmpl {

/// Reads `text` as a template, renders it with made-up data, rewrites its text parts, and renders
/// that. Throws std::logic_error, which nobody catches, where a promise is broken.
void try_template(std::string_view text);

}  // namespace town::tmpl

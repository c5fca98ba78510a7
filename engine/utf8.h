// Is it UTF-8? Asked wherever text from outside will be written as JSON. Pure; any thread.
#pragma once

#include <string_view>

namespace town {

/// Well-formed UTF-8 (RFC 3629: shortest forms, no surrogates, at most U+10FFFF).
bool is_utf8(std::string_view text);

}  // namespace town

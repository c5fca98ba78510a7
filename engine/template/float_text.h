// Floats as text, without sign, width or flags. Pure; any thread. Internal to this folder.
#pragma once

#include <optional>
#include <string>

namespace town::tmpl {

/// `value` (not negative) in the form of a verb: e, E, f, F, g, G, b, x or X. Without a precision:
/// as many digits as tell the value from its neighbours, for g, G, x and X; else six.
std::string float_text(double value, char32_t verb, std::optional<std::size_t> precision);

/// With the flag "#": a point always, and for g and x all `digits` significant digits.
std::string with_point(std::string number, char32_t verb, std::optional<std::size_t> precision);

}  // namespace town::tmpl

// The constants of the template language: numbers, characters, strings (Go specification, "Integer
// literals" and following). Pure; any thread. Internal to this folder.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/template/value.h"

namespace town::tmpl {

/// The value of a number: int, float64 or complex128. Nothing in the value: an integer too large
/// for int, which is a fault only where it is used. Throws Fault for what is no number.
Value parse_number(std::string_view text);

/// The value of a character constant, quotes included. Throws Fault.
Value parse_character(std::string_view text);

/// The text of a string constant in double or back quotes, quotes included. Throws Fault.
std::string parse_string(std::string_view text);

}  // namespace town::tmpl

// How values look as text: Go's fmt package (its documentation, "Printing"). Pure; any thread.
// Internal to this folder. No text grows beyond kMaxOutput: Fault.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "engine/template/value.h"

namespace town::tmpl {

/// `printf`: `format` with its verbs carried out, faults written into the text as Go does.
std::string format_operands(std::string_view format, std::span<const Value> operands);

/// `print`: in their default form, a space between two neighbours that are no text.
std::string print_operands(std::span<const Value> operands);

/// `println`: a space between all, and a line end.
std::string print_line(std::span<const Value> operands);

}  // namespace town::tmpl

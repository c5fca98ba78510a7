// eq, ne, lt and the rest. Pure; any thread. Internal to this folder.
#pragma once

#include <span>

#include "engine/template/value.h"

namespace town::tmpl {

/// Whether the first argument equals one of the others. Throws Fault where two cannot be compared.
bool equals_any(std::span<const Value> arguments);

/// Whether `left` comes before `right`: numbers, text. Throws Fault for all else.
bool is_less(const Value& left, const Value& right);

/// Whether `left` equals `right`, both of a sort that can be ordered. Throws as is_less.
bool is_less_or_equal(const Value& left, const Value& right);

}  // namespace town::tmpl

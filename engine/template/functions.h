// The predefined functions of the template language. Pure; any thread. Internal to this folder.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/template/value.h"

namespace town::tmpl {

/// The index of the function with this name.
std::optional<std::uint32_t> function_index(std::string_view name);

/// Whether it can be called with `count` arguments.
bool takes_arguments(std::uint32_t function, std::size_t count);

/// What to say where it cannot.
std::string argument_fault(std::uint32_t function, std::size_t count);

/// Of `or` true and of `and` false: the truth at which the next argument is no longer looked at.
std::optional<bool> decides_early(std::uint32_t function);

/// Calls it; not for `and` and `or`, which the machine carries out itself. Throws Fault.
Value call_function(std::uint32_t function, std::span<const Value> arguments);

}  // namespace town::tmpl

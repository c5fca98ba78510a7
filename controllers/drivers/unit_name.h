// Rules and sentences that both systemd drivers share. Pure functions; any thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "state/error.h"

namespace town {

/// How the first line of each unit file that is ours begins.
inline constexpr std::string_view kUnitMark = "# town-os";

/// True for "town-os-….service" with at most 255 bytes of the characters that systemd allows
/// (systemd.unit(5): letters, digits and ":-_.\@"), so that it is a plain file name too.
bool is_our_unit(std::string_view unit);

/// Throws Error{invalid, BadUnitName} unless is_our_unit().
void check_unit_name(const std::string& unit);

Error unit_not_found(const std::string& unit);

/// TimedOut, or Stopped where the wait was interrupted; `verb` is "start" or "stop".
Error job_timed_out(const std::string& unit, const std::string& verb,
                    std::chrono::milliseconds deadline, bool stopped);

}  // namespace town

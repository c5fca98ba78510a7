// What both journals know about entries and queries. For journal*.cpp; pure, any thread.
#pragma once

#include <string>
#include <string_view>

#include "engine/ports.h"

namespace town {

inline constexpr std::size_t kMostLogFieldBytes = std::size_t{64} << 10;  ///< of each field
inline constexpr std::size_t kMostLogBytes = std::size_t{16} << 20;       ///< of one answer

/// An entry with every field of the API (api contract 8.3), all of them empty.
LogEntry blank_log_entry();

/// Takes a field by the journal's name for it ("_SYSTEMD_UNIT"), cut to kMostLogFieldBytes. Those
/// that the API does not show are left out, and of several values the first one stays.
void set_log_field(LogEntry& entry, std::string_view journal_name, std::string_view value);

/// Whether an entry with this message and priority, at this time, is wanted. Unit and cursors are
/// not looked at.
bool wanted(const LogQuery& query, std::string_view message, std::string_view priority, Time time);

/// Bytes of an entry in an answer, about.
std::size_t size_of(const LogEntry& entry);

/// Whether the query is for all units.
bool is_whole_system(const LogQuery& query);

/// `lines` within its bounds: at least 1.
std::size_t line_limit(const LogQuery& query);

}  // namespace town

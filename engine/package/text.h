// The few things that every reader of package text needs. Plain ASCII rules: no locale. Pure; any
// thread.
#pragma once

#include <string>
#include <string_view>

namespace town::package {

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
inline bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
inline bool is_letter(char c) { return is_upper(c) || is_lower(c); }
inline bool is_alphanumeric(char c) { return is_letter(c) || is_digit(c); }

/// What may stand between the two `@` of a marker.
inline bool is_marker_character(char c) { return is_alphanumeric(c) || c == '_'; }

/// Below 0x20 except tab, and 0x7F: may not reach a unit file (package format 3.2).
inline bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
}

/// Whether the text holds a control character.
bool has_control(std::string_view text);

/// A-Z become a-z, all else stays.
std::string to_lower(std::string_view text);

/// a-z become A-Z, all else stays.
std::string to_upper(std::string_view text);

/// Without blanks, tabs and line ends at both ends.
std::string_view trim(std::string_view text);

/// In quotes for a message: short enough for a line of a terminal, and printable.
std::string in_quotes(std::string_view text);

}  // namespace town::package

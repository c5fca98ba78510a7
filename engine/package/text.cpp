#include "engine/package/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace town::package {

bool has_control(std::string_view text) { return std::ranges::any_of(text, is_control); }

std::string to_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (is_upper(c)) c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

std::string to_upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper)
    if (is_lower(c)) c = static_cast<char>(c - 'a' + 'A');
  return upper;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n\v\f";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kMost = 60;
  std::string shown;
  for (const char c : text.substr(0, kMost)) shown += is_control(c) ? '?' : c;
  // A cut may not leave half of a character behind.
  while (text.size() > kMost && !shown.empty() && static_cast<unsigned char>(shown.back()) >= 0x80)
    shown.pop_back();
  return fmt::format("\"{}{}\"", shown, text.size() > kMost ? "…" : "");
}

}  // namespace town::package

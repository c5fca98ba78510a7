#include "engine/template/unicode.h"

#include <algorithm>
#include <span>

#include "engine/template/unicode_tables.h"

namespace town::tmpl {
namespace {

constexpr char32_t kLastCharacter = 0x10FFFF;

bool is_surrogate(char32_t code) { return code >= 0xD800 && code <= 0xDFFF; }

bool is_in(std::span<const CharacterRange> table, char32_t code) {
  const auto next = std::ranges::upper_bound(table, code, {}, &CharacterRange::first);
  return next != table.begin() && code <= std::prev(next)->last;
}

/// Bytes in the sequence that `lead` begins, and the bits of the code that it carries.
std::pair<std::size_t, char32_t> sequence_of(unsigned char lead) {
  if (lead < 0x80) return {1, lead};
  if (lead >= 0xC2 && lead <= 0xDF) return {2, lead & 0x1FU};
  if (lead >= 0xE0 && lead <= 0xEF) return {3, lead & 0x0FU};
  if (lead >= 0xF0 && lead <= 0xF4) return {4, lead & 0x07U};
  return {0, 0};
}

}  // namespace

Character first_character(std::string_view text) {
  if (text.empty()) return {};
  auto [length, code] = sequence_of(static_cast<unsigned char>(text[0]));
  const Character bad{kBadCharacter, 1, false};
  if (length == 0 || length > text.size()) return bad;
  for (std::size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0U) != 0x80U) return bad;
    code = (code << 6U) | (byte & 0x3FU);
  }
  // Shortest forms only (RFC 3629); two bytes cannot be too long, as C0 and C1 lead nothing.
  const bool too_long = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  if (too_long || is_surrogate(code) || code > kLastCharacter) return bad;
  return {code, length, true};
}

void append_character(std::string& out, char32_t code) {
  if (is_surrogate(code) || code > kLastCharacter) code = kBadCharacter;
  const auto put = [&out](char32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6U));
    put(0x80 | (code & 0x3FU));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12U));
    put(0x80 | ((code >> 6U) & 0x3FU));
    put(0x80 | (code & 0x3FU));
  } else {
    put(0xF0 | (code >> 18U));
    put(0x80 | ((code >> 12U) & 0x3FU));
    put(0x80 | ((code >> 6U) & 0x3FU));
    put(0x80 | (code & 0x3FU));
  }
}

std::size_t count_characters(std::string_view text) {
  std::size_t count = 0;
  for (; !text.empty(); ++count) text.remove_prefix(first_character(text).length);
  return count;
}

std::string_view first_characters(std::string_view text, std::size_t count) {
  std::size_t end = 0;
  for (; count > 0 && end < text.size(); --count) end += first_character(text.substr(end)).length;
  return text.substr(0, end);
}

bool is_name_character(char32_t code) {
  if (code < 0x80) {
    return code == '_' || (code >= '0' && code <= '9') || (code >= 'a' && code <= 'z') ||
           (code >= 'A' && code <= 'Z');
  }
  return is_in(kLettersAndDigits, code);
}

bool is_printable(char32_t code) {
  if (code < 0x80) return code >= 0x20 && code < 0x7F;
  return is_in(kPrintable, code);
}

bool is_white_space(char32_t code) {
  constexpr std::u32string_view kWhite =
      U"\t\n\v\f\r \u0085\u00A0\u1680\u2028\u2029\u202F\u205F\u3000";
  return kWhite.find(code) != std::u32string_view::npos || (code >= 0x2000 && code <= 0x200A);
}

bool is_blank(std::string_view text) {
  while (!text.empty()) {
    const auto character = first_character(text);
    if (!is_white_space(character.code)) return false;
    text.remove_prefix(character.length);
  }
  return true;
}

}  // namespace town::tmpl

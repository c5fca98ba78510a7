// UTF-8 and the few questions about characters that the template language asks. The tables are
// those of Unicode 13.0, which Go 1.19 knows. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace town::tmpl {

/// Stands for bytes that are no UTF-8.
inline constexpr char32_t kBadCharacter = 0xFFFD;

struct Character {
  char32_t code = 0;
  std::size_t length = 0;  ///< bytes read; 1 for a byte that is no UTF-8, 0 at the end
  bool valid = true;       ///< false for such a byte; `code` is then kBadCharacter
};

/// The character at the beginning of `text`.
Character first_character(std::string_view text);

/// Appends `code` as UTF-8; what is no character (a surrogate, say) as kBadCharacter.
void append_character(std::string& out, char32_t code);

/// How many characters `text` holds; each byte that is no UTF-8 counts as one.
std::size_t count_characters(std::string_view text);

/// The first `count` characters of `text`.
std::string_view first_characters(std::string_view text, std::size_t count);

/// Letters, decimal digits and the underscore: what names are made of.
bool is_name_character(char32_t code);

/// Letters, marks, numbers, punctuation, symbols and the plain space (categories L, M, N, P, S).
bool is_printable(char32_t code);

/// Unicode's White_Space.
bool is_white_space(char32_t code);

/// Whether there is nothing but white space in `text`.
bool is_blank(std::string_view text);

}  // namespace town::tmpl

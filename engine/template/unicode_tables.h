// Ranges of characters beyond ASCII, by Unicode 13.0's general categories. Internal to this folder.
#pragma once

#include <span>

namespace town::tmpl {

struct CharacterRange {
  char32_t first;
  char32_t last;  ///< included
};

/// Categories L and Nd; in ascending order, as all of these.
extern const std::span<const CharacterRange> kLettersAndDigits;

/// Categories L, M, N, P and S.
extern const std::span<const CharacterRange> kPrintable;

}  // namespace town::tmpl

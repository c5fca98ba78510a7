#include "engine/utf8.h"

#include <cstddef>
#include <cstdint>

namespace town {
namespace {

/// The bytes that follow a lead byte, and the smallest code point that needs that many.
struct Form {
  int more;
  std::uint32_t bits;
  std::uint32_t least;
};

Form form_of(unsigned char lead) {
  if (lead < 0x80) return {0, lead, 0};
  if ((lead & 0xE0U) == 0xC0U) return {1, lead & 0x1FU, 0x80};
  if ((lead & 0xF0U) == 0xE0U) return {2, lead & 0x0FU, 0x800};
  if ((lead & 0xF8U) == 0xF0U) return {3, lead & 0x07U, 0x10000};
  return {-1, 0, 0};
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const Form form = form_of(static_cast<unsigned char>(text[i++]));
    if (form.more < 0) return false;
    std::uint32_t point = form.bits;
    for (int k = 0; k < form.more; ++k, ++i) {
      if (i == text.size()) return false;
      const auto next = static_cast<unsigned char>(text[i]);
      if ((next & 0xC0U) != 0x80U) return false;
      point = (point << 6U) | (next & 0x3FU);
    }
    if (point < form.least || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF))
      return false;
  }
  return true;
}

}  // namespace town

#include "engine/template/quote.h"

#include <fmt/format.h>

#include "engine/template/unicode.h"

namespace town::tmpl {
namespace {

constexpr char32_t kByteOrderMark = 0xFEFF;

void add_escaped(std::string& out, char32_t code, char quote, bool ascii) {
  constexpr std::string_view kCodes = "\a\b\f\n\r\t\v";
  constexpr std::string_view kNames = "abfnrtv";
  const auto number = static_cast<std::uint32_t>(code);
  if (code == static_cast<unsigned char>(quote) || code == '\\') {
    out += '\\';
    out += static_cast<char>(code);
  } else if (is_printable(code) && (code < 0x80 || !ascii)) {
    append_character(out, code);
  } else if (const auto at = code < 0x80 ? kCodes.find(static_cast<char>(code)) : kCodes.npos;
             at != kCodes.npos) {
    out += '\\';
    out += kNames[at];
  } else if (code < 0x80) {
    out += fmt::format("\\x{:02x}", number);
  } else if (code < 0x10000) {
    out += fmt::format("\\u{:04x}", number);
  } else {
    out += fmt::format("\\U{:08x}", number);
  }
}

}  // namespace

std::string quote_text(std::string_view text, bool ascii) {
  std::string out = "\"";
  while (!text.empty()) {
    const auto character = first_character(text);
    if (character.valid)
      add_escaped(out, character.code, '"', ascii);
    else
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
    text.remove_prefix(character.length);
  }
  return out + '"';
}

std::string quote_character(char32_t code, bool ascii) {
  if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) code = kBadCharacter;
  std::string out = "'";
  add_escaped(out, code, '\'', ascii);
  return out + '\'';
}

bool can_back_quote(std::string_view text) {
  while (!text.empty()) {
    const auto character = first_character(text);
    const auto code = character.code;
    if (!character.valid || code == kByteOrderMark || code == '`' || code == 0x7F) return false;
    if (code < 0x20 && code != '\t') return false;
    text.remove_prefix(character.length);
  }
  return true;
}

}  // namespace town::tmpl

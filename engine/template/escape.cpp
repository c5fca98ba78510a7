#include "engine/template/escape.h"

#include "engine/template/bounded_text.h"
#include "engine/template/unicode.h"

namespace town::tmpl {
namespace {

std::string_view html_entity(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&#34;";
    case '\'':
      return "&#39;";
    case '\0':
      return "\xEF\xBF\xBD";
    default:
      return {};
  }
}

}  // namespace

std::string escape_html(std::string_view text) {
  BoundedText out;
  for (const char c : text) {
    const auto entity = html_entity(c);
    out.add(entity.empty() ? std::string_view(&c, 1) : entity);
  }
  return out.take();
}

std::string escape_js(std::string_view text) {
  BoundedText out;
  while (!text.empty()) {
    const auto character = first_character(text);
    const auto bytes = text.substr(0, character.length);
    const auto code = static_cast<std::uint32_t>(character.code);
    text.remove_prefix(character.length);
    const bool plain = code == 0x7F || !character.valid || is_printable(character.code);
    const bool quoted = code == '\\' || code == '\'' || code == '"';
    const bool coded = code == '<' || code == '>' || code == '&' || code == '=';
    if (quoted) out.add('\\');
    if (quoted || (!coded && plain))
      out.add(bytes);
    else
      out.add(fmt::format("\\u{:04X}", code));
  }
  return out.take();
}

std::string escape_query(std::string_view text) {
  BoundedText out;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool plain = letter || (c >= '0' && c <= '9');
    if (plain || std::string_view("-_.~").find(c) != std::string_view::npos)
      out.add(c);
    else if (c == ' ')
      out.add('+');
    else
      out.add(fmt::format("%{:02X}", static_cast<unsigned char>(c)));
  }
  return out.take();
}

}  // namespace town::tmpl

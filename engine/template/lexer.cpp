#include "engine/template/lexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "engine/template/failure.h"
#include "engine/template/unicode.h"

namespace town::tmpl {
namespace {

constexpr std::string_view kOpen = "{{";
constexpr std::string_view kClose = "}}";

/// White space inside actions, and what trim markers take away.
constexpr std::string_view kSpace = " \t\r\n";

bool is_space(char c) { return kSpace.find(c) != std::string_view::npos; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

constexpr std::array<std::string_view, 10> kKeywords = {
    "block", "break", "continue", "define", "else", "end", "if", "range", "template", "with"};

/// "- " after "{{".
bool is_left_trim(std::string_view text) {
  return text.size() >= 2 && text[0] == '-' && is_space(text[1]);
}

/// "}}" or " -}}": its length, 0 where there is neither.
std::size_t close_length(std::string_view text) {
  if (text.starts_with(kClose)) return kClose.size();
  if (!text.empty() && is_space(text[0]) && text.substr(1).starts_with("-}}")) return 4;
  return 0;
}

/// What may stand directly after a name.
bool ends_name(std::string_view text) {
  return text.empty() || is_space(text[0]) ||
         std::string_view(".,|:)(}").find(text[0]) != std::string_view::npos;
}

std::string quote_character(const Character& character, std::string_view text) {
  if (character.valid && is_printable(character.code))
    return fmt::format("\"{}\"", text.substr(0, character.length));
  return fmt::format("U+{:04X}", static_cast<std::uint32_t>(character.code));
}

/// Bytes of one number without its sign's partner: sign, digits of any base, point, exponent.
std::size_t number_length(std::string_view text) {
  std::size_t i = 0;
  const auto sign = [&] {
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
  };
  sign();
  const auto prefix = text.substr(i, 2);
  const bool hexadecimal = prefix == "0x" || prefix == "0X";
  for (; i < text.size(); ++i) {
    const char c = text[i];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && !is_digit(c) && c != '_' && c != '.') break;
    const bool exponent = hexadecimal ? (c == 'p' || c == 'P') : (c == 'e' || c == 'E');
    if (exponent && i + 1 < text.size() && (text[i + 1] == '+' || text[i + 1] == '-')) ++i;
  }
  return i;
}

}  // namespace

TextPart Lexer::next_text() {
  TextPart part;
  part.begin = position_;
  part.end = std::min(source_.find(kOpen, position_), source_.size());
  part.core_begin = part.begin;
  part.core_end = part.end;
  if (trim_next_text_) {
    while (part.core_begin < part.end && is_space(source_[part.core_begin])) ++part.core_begin;
  }
  if (part.end < source_.size() && is_left_trim(source_.substr(part.end + kOpen.size()))) {
    while (part.core_end > part.core_begin && is_space(source_[part.core_end - 1])) --part.core_end;
  }
  trim_next_text_ = false;
  position_ = part.end;
  return part;
}

bool Lexer::open_action(bool& is_comment) {
  is_comment = false;
  if (position_ == source_.size()) return false;
  auto inside = position_ + kOpen.size();
  if (is_left_trim(source_.substr(inside))) inside += 2;
  if (source_.substr(inside).starts_with("/*")) {
    const auto end = source_.find("*/", inside + 2);
    if (end == std::string_view::npos) throw Fault("the comment is not closed");
    position_ = end + 2;
    const auto length = close_length(rest());
    if (length == 0) throw Fault("the comment ends before the closing braces");
    position_ += length;
    trim_next_text_ = length > kClose.size();
    is_comment = true;
    return true;
  }
  position_ = inside;
  return true;
}

bool Lexer::skip_space() {
  const auto begin = position_;
  while (position_ < source_.size() && is_space(source_[position_]) && close_length(rest()) == 0)
    ++position_;
  return position_ > begin;
}

Token Lexer::next() {
  const bool spaced = skip_space();
  Token token = scan();
  token.after_space = spaced;
  token.before_space = position_ < source_.size() && is_space(source_[position_]);
  return token;
}

Token Lexer::take(TokenKind kind, std::size_t length) {
  const Token token{kind, rest().substr(0, length), position_, false, false};
  position_ += token.text.size();
  return token;
}

Token Lexer::scan() {
  const auto text = rest();
  if (const auto length = close_length(text)) {
    trim_next_text_ = length > kClose.size();
    return take(TokenKind::close, length);
  }
  if (text.empty()) throw Fault("the action is not closed");
  switch (text[0]) {
    case '|':
      return take(TokenKind::pipe, 1);
    case '(':
      return take(TokenKind::left, 1);
    case ')':
      return take(TokenKind::right, 1);
    case ',':
      return take(TokenKind::comma, 1);
    case '=':
      return take(TokenKind::assign, 1);
    case '"':
      return scan_quoted('"', TokenKind::string);
    case '\'':
      return scan_quoted('\'', TokenKind::character);
    case '`':
      return scan_quoted('`', TokenKind::raw_string);
    case '$':
      return scan_name(TokenKind::variable, 1);
    default:
      break;
  }
  if (text.starts_with(":=")) return take(TokenKind::declare, 2);
  if (text[0] == '.' && (text.size() == 1 || !is_digit(text[1])))
    return scan_name(TokenKind::field, 1);
  if (text[0] == '.' || text[0] == '+' || text[0] == '-' || is_digit(text[0])) return scan_number();
  return scan_name(TokenKind::identifier, 0);
}

Token Lexer::scan_name(TokenKind kind, std::size_t prefix) {
  const auto text = rest();
  auto length = prefix;
  if (prefix == 0 || !ends_name(text.substr(prefix))) {
    while (length < text.size()) {
      const auto character = first_character(text.substr(length));
      if (!is_name_character(character.code)) break;
      length += character.length;
    }
  }
  if (length == 0 || !ends_name(text.substr(length))) {
    const auto after = text.substr(length);
    throw Fault(
        fmt::format("unexpected {} in the action", quote_character(first_character(after), after)));
  }
  const auto name = text.substr(0, length);
  if (kind == TokenKind::field && length == 1) kind = TokenKind::dot;
  if (kind == TokenKind::identifier) {
    if (std::ranges::find(kKeywords, name) != kKeywords.end()) kind = TokenKind::keyword;
    if (name == "nil") kind = TokenKind::nil;
    if (name == "true" || name == "false") kind = TokenKind::boolean;
  }
  return take(kind, length);
}

Token Lexer::scan_number() {
  const auto text = rest();
  auto length = number_length(text);
  // "1+2i": two numbers without a space between them are one complex constant.
  if (length < text.size() && (text[length] == '+' || text[length] == '-')) {
    length += number_length(text.substr(length));
    if (text[length - 1] != 'i')
      throw Fault(fmt::format("bad number \"{}\"", text.substr(0, length)));
  }
  const auto after = first_character(text.substr(length));
  if (after.length > 0 && is_name_character(after.code))
    throw Fault(fmt::format("bad number \"{}\"", text.substr(0, length + after.length)));
  return take(TokenKind::number, length);
}

Token Lexer::scan_quoted(char quote, TokenKind kind) {
  const auto text = rest();
  const bool raw = quote == '`';
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == quote) return take(kind, i + 1);
    if (raw) continue;
    if (text[i] == '\\') ++i;
    if (i < text.size() && text[i] == '\n') break;
  }
  throw Fault(raw ? "a raw string is not closed" : "a quoted constant is not closed on its line");
}

}  // namespace town::tmpl

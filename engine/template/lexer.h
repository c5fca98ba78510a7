// Cuts a template's source into text parts and the tokens of its actions, on demand. Internal to
// this folder; one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace town::tmpl {

enum class TokenKind : std::uint8_t {
  close,       ///< "}}"
  pipe,        ///< "|"
  left,        ///< "("
  right,       ///< ")"
  comma,       ///< ","
  declare,     ///< ":="
  assign,      ///< "="
  dot,         ///< "."
  field,       ///< ".Name"
  variable,    ///< "$" or "$name"
  identifier,  ///< a function's name
  keyword,     ///< if, range, end, …
  boolean,     ///< true, false
  nil,
  number,
  character,  ///< with its quotes, as the next two
  string,
  raw_string,
};

struct Token {
  TokenKind kind = TokenKind::close;
  std::string_view text;
  std::size_t at = 0;         ///< offset in the source
  bool after_space = false;   ///< white space stands before it
  bool before_space = false;  ///< and after it
};

/// What stands between two actions. Trim markers take white space off its two ends.
struct TextPart {
  std::size_t begin = 0;
  std::size_t core_begin = 0;  ///< what is left after trimming: [core_begin, core_end)
  std::size_t core_end = 0;
  std::size_t end = 0;
};

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}

  /// The text up to the next action (comments count as actions) or the end; may be empty.
  TextPart next_text();

  /// After next_text: enters the action that follows it; false at the end of the source. A comment
  /// is swallowed whole, and `is_comment` set: no tokens come of it.
  bool open_action(bool& is_comment);

  /// The next token of the open action. `close` ends it. Throws Fault.
  Token next();

  /// Offset of what is read next: for messages.
  [[nodiscard]] std::size_t position() const { return position_; }

 private:
  [[nodiscard]] std::string_view rest() const { return source_.substr(position_); }
  bool skip_space();
  Token scan();
  Token take(TokenKind kind, std::size_t length);
  Token scan_name(TokenKind kind, std::size_t prefix);
  Token scan_number();
  Token scan_quoted(char quote, TokenKind kind);

  std::string_view source_;
  std::size_t position_ = 0;
  bool trim_next_text_ = false;
};

}  // namespace town::tmpl

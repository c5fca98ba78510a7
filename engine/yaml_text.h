// YAML text on its way to yaml-cpp: what is refused before or while it is read, and where things
// stand in it. Part of engine/yaml; one parse, one thread.
#pragma once

#include <cstddef>
#include <streambuf>
#include <string>
#include <string_view>

#include "engine/yaml.h"

namespace town::yaml {

/// Throws InvalidInput("BadYaml") with one fault.
[[noreturn]] void refuse(const std::string& message, int line);

/// What a message of yaml-cpp means to somebody who wrote the file; the message itself where there
/// is nothing better.
std::string_view in_words(std::string_view message);

/// Refuses control characters and what is not UTF-8.
void check_characters(std::string_view text);

/// Refuses directives (`%TAG …`) that no `---` follows.
void check_directives(std::string_view text);

/// Whether the text begins with a quote, behind tags and anchors, that nothing closes.
bool is_open_quote(std::string_view text);

/// A scalar as yaml-cpp hands it over, as it should be: the `?` that Feed hid, and the escapes
/// `\_` and `\N`, which yaml-cpp makes single bytes of.
std::string restored(const std::string& scalar);

/// What follows the scalar that `text` begins with, as far as its end can be told: in a flow
/// collection a plain one ends with the next bracket, elsewhere with its line.
std::string_view after_scalar(std::string_view text, bool in_flow);

/// Gives `scalar`, which is written as `text` begins, the newlines at its end that yaml-cpp loses
/// of a text in quotes, or a `>+` block, that ends in blank lines.
void restore_newlines(std::string& scalar, std::string_view text);

/// Finds places of the text again. They are asked for almost in order, so the search goes on from
/// where it stood, in both directions.
class Places {
 public:
  explicit Places(std::string_view text) : text_(text) {}

  /// One line, 1-based, without its end.
  std::string_view line(int number);

  /// The text from there on; 1-based lines, and bytes in them.
  std::string_view from(int line, int column);

  /// The line of the last text before a place, for what has no place of its own: blank lines and
  /// comments are passed over.
  int line_before(int line, int column);

 private:
  std::string_view text_;
  int line_ = 1;
  std::size_t offset_ = 0;
};

/// The last event, as far as it tells what the text after it must be.
struct LastEvent {
  int line = 1;
  int column = 1;
  std::string block_key;  ///< set if it was a plain key in a mapping outside of all flows
};

/// Feeds the text to yaml-cpp piece by piece. yaml-cpp keeps every token of an outermost flow
/// collection until it is closed, about 600 bytes for one `a: b,`: this is the one place where the
/// cost can be seen in time, so the marks are counted as they go in. yaml-cpp also takes every `?`
/// in a flow collection for the sign of a key: one that is text goes in as a byte that UTF-8 does
/// not have, so that no place moves, and `restored` brings it back.
class Feed : public std::streambuf {
 public:
  Feed(std::string_view text, const Limits& limits) : text_(text), limits_(limits) {}

  /// Tells of progress: what was fed before is no longer kept.
  void event(LastEvent last);

  /// The line of the first quote behind the last event that nothing closes; that event's if none.
  [[nodiscard]] int line_of_open_quote() const;

 protected:
  std::streamsize xsgetn(char* to, std::streamsize count) override;

 private:
  void count_marks(std::string_view piece);
  void hide_question_marks(char* piece, std::size_t size) const;
  [[nodiscard]] bool is_key_sign(std::size_t place) const;
  [[nodiscard]] std::size_t end_of_long_scalar() const;

  std::string_view text_;
  const Limits& limits_;
  LastEvent last_;
  std::size_t offset_ = 0;
  std::size_t marks_ = 0;
  std::size_t harmless_until_ = 0;
};

}  // namespace town::yaml

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

/// Whether the text begins with a quote, behind tags and anchors, that nothing closes.
bool is_open_quote(std::string_view text);

/// Finds places of the text again. They are asked for in order, so the search goes on where it
/// stood; going back begins anew.
class Places {
 public:
  explicit Places(std::string_view text) : text_(text) {}

  /// One line, 1-based, without its end.
  std::string_view line(int number);

  /// The text from there on; 1-based lines, and bytes in them.
  std::string_view from(int line, int column);

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
/// cost can be seen in time, so the marks are counted as they go in.
class Feed : public std::streambuf {
 public:
  Feed(std::string_view text, const Limits& limits) : text_(text), limits_(limits) {}

  /// Tells of progress: what was fed before is no longer kept.
  void event(LastEvent last);

 protected:
  std::streamsize xsgetn(char* to, std::streamsize count) override;

 private:
  void count_marks(std::string_view piece);
  [[nodiscard]] std::size_t end_of_block_scalar() const;

  std::string_view text_;
  const Limits& limits_;
  LastEvent last_;
  std::size_t offset_ = 0;
  std::size_t marks_ = 0;
  std::size_t harmless_until_ = 0;
};

}  // namespace town::yaml

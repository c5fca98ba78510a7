#include "engine/yaml_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "engine/utf8.h"
#include "state/error.h"

namespace town::yaml {

void refuse(const std::string& message, int line) {
  throw InvalidInput("BadYaml", {{"", message, line}});
}

std::string_view in_words(std::string_view message) {
  using Row = std::pair<std::string_view, std::string_view>;
  constexpr std::array<Row, 9> kWords{
      {{"illegal map value",
        "a value cannot begin here: check the indentation, and put text that holds \": \" in "
        "quotes"},
       {"end of map not found",
        "this does not go on with the mapping above it: check the indentation and the quotes"},
       {"end of map flow not found", "a { is not closed, or a comma is missing"},
       {"end of sequence flow not found", "a [ is not closed, or a comma is missing"},
       {"illegal flow end", "there is a ] or } that nothing began"},
       {"unknown token",
        "this cannot begin a value: put text that begins with @, % or ` in quotes"},
       {"illegal block entry", "a list cannot begin here: put its \"-\" on a line of its own"},
       {"illegal tab when looking for indentation", "a tab cannot indent: use blanks"},
       {"the referenced anchor is not defined", "this alias names an anchor that is not there"}}};
  const auto* found = std::ranges::find(kWords, message, &Row::first);
  return found == kWords.end() ? message : found->second;
}

/// YAML 1.2 section 5.1: printable characters only. yaml-cpp also takes 0x04 for the end of input.
void check_characters(std::string_view text) {
  int line = 1;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') ++line;
    if ((byte < 0x20 && c != '\n' && c != '\t' && c != '\r') || byte == 0x7F)
      refuse(fmt::format("the control character 0x{:02x} may not stand in YAML", byte), line);
  }
  if (!is_utf8(text)) refuse("the file is not UTF-8 text", 0);
}

bool is_open_quote(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  while (text.starts_with('&') || text.starts_with('!')) {
    text.remove_prefix(std::min(text.find_first_of(kBlanks), text.size()));
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  }
  if (!text.starts_with('"') && !text.starts_with('\'')) return false;
  const char quote = text.front();
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\' && quote == '"') {
      ++i;
    } else if (text[i] == quote) {
      const bool doubled = quote == '\'' && text.substr(i + 1).starts_with(quote);
      if (!doubled) return false;
      ++i;
    }
  }
  return true;
}

std::string_view Places::line(int number) {
  const auto rest = from(number, 1);
  return rest.substr(0, rest.find('\n'));
}

std::string_view Places::from(int line, int column) {
  if (line < line_) {
    line_ = 1;
    offset_ = 0;
  }
  for (; line_ < line; ++line_) {
    const auto newline = text_.find('\n', offset_);
    if (newline == std::string_view::npos) return {};
    offset_ = newline + 1;
  }
  const auto place = offset_ + static_cast<std::size_t>(column) - 1;
  return text_.substr(std::min(place, text_.size()));
}

void Feed::event(LastEvent last) {
  marks_ = 0;
  last_ = std::move(last);
}

std::streamsize Feed::xsgetn(char* to, std::streamsize count) {
  const auto piece = text_.substr(offset_, static_cast<std::size_t>(count));
  piece.copy(to, piece.size());
  offset_ += piece.size();
  if (offset_ > harmless_until_) count_marks(piece);
  return static_cast<std::streamsize>(piece.size());
}

void Feed::count_marks(std::string_view piece) {
  for (const char c : piece)
    if (c == '[' || c == ']' || c == '{' || c == '}' || c == ',') ++marks_;
  if (marks_ <= limits_.flow_marks) return;
  harmless_until_ = end_of_block_scalar();
  if (harmless_until_ < offset_)
    refuse(fmt::format("more than {} marks inside one [ ] or {{ }}", limits_.flow_marks),
           last_.line);
  marks_ = 0;
}

/// If a block scalar ("key: |") follows the last event: where its indented lines end, else 0. Its
/// marks are text and cost nothing, however many there are.
std::size_t Feed::end_of_block_scalar() const {
  const auto rest = Places(text_).from(last_.line, last_.column);
  if (last_.block_key.empty() || !rest.starts_with(last_.block_key + ": ")) return 0;
  const auto line_end = std::min(rest.find('\n'), rest.size());
  const auto sign = rest.find_first_not_of(' ', last_.block_key.size() + 1);
  if (sign >= line_end || (rest[sign] != '|' && rest[sign] != '>')) return 0;
  std::size_t end = line_end;
  while (end < rest.size()) {
    const auto word = rest.find_first_not_of(" \n\r", end);
    if (word == std::string_view::npos) return text_.size();
    if (word - rest.rfind('\n', word) <= static_cast<std::size_t>(last_.column)) break;
    end = std::min(rest.find('\n', word), rest.size());
  }
  return static_cast<std::size_t>(rest.data() - text_.data()) + end;
}

}  // namespace town::yaml

#include "engine/yaml_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "engine/utf8.h"
#include "state/error.h"

namespace town::yaml {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

/// No byte of any UTF-8 text, and nothing that an escape can make.
constexpr char kHiddenQuestionMark = '\xFF';

/// What stands behind tags and anchors. They end with a blank, or in a flow with its marks.
std::string_view without_properties(std::string_view text) {
  while (text.starts_with('&') || text.starts_with('!')) {
    const auto end = text.starts_with("!<") ? text.find('>') : text.find_first_of(" \t\r\n,[]{}");
    text.remove_prefix(std::min(end, text.size()));
    if (text.starts_with('>')) text.remove_prefix(1);
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  }
  return text;
}

/// Where the quote that `text` begins with is closed; npos if it never is.
std::size_t closing_quote(std::string_view text) {
  const char quote = text.front();
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\' && quote == '"') {
      ++i;
    } else if (text[i] == quote) {
      const bool doubled = quote == '\'' && text.substr(i + 1).starts_with(quote);
      if (!doubled) return i;
      ++i;
    }
  }
  return std::string_view::npos;
}

bool begins_with_quote(std::string_view text) {
  return text.starts_with('"') || text.starts_with('\'');
}

/// Whether there is nothing on the line but blanks and a comment.
bool is_empty_line(std::string_view line) {
  const auto word = line.find_first_not_of(kBlanks);
  return word == std::string_view::npos || line[word] == '#';
}

/// How many bytes belong to the character that begins with `lead`.
std::size_t character_bytes(unsigned char lead) {
  if (lead < 0xC0) return 1;
  if (lead < 0xE0) return 2;
  return lead < 0xF0 ? 3 : 4;
}

}  // namespace

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
  if (is_utf8(text)) return;
  line = 1;
  for (auto rest = text; is_utf8(rest.substr(0, rest.find('\n'))); ++line)
    rest.remove_prefix(rest.find('\n') + 1);
  refuse("this is not UTF-8 text", line);
}

void check_directives(std::string_view text) {
  int directive = 0;
  for (int number = 1; !text.empty(); ++number) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.starts_with('%')) {
      if (directive == 0) directive = number;
    } else if (!is_empty_line(line)) {
      if (line.starts_with("---")) return;
      break;
    }
  }
  if (directive != 0) refuse("a line that begins with % must be followed by a line ---", directive);
}

bool is_open_quote(std::string_view text) {
  text = without_properties(text);
  return begins_with_quote(text) && closing_quote(text) == std::string_view::npos;
}

std::string restored(const std::string& scalar) {
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  if (std::ranges::all_of(scalar, is_ascii)) return scalar;
  std::string text;
  text.reserve(scalar.size());
  for (std::size_t i = 0; i < scalar.size();) {
    if (scalar[i] == kHiddenQuestionMark) {
      text += '?';
      ++i;
      continue;
    }
    const auto lead = static_cast<unsigned char>(scalar[i]);
    // A byte that continues nothing: YAML's \_ (U+00A0) or \N (U+0085).
    if (lead >= 0x80 && lead < 0xC0) text += '\xC2';
    text.append(scalar, i, character_bytes(lead));
    i += character_bytes(lead);
  }
  return text;
}

std::string_view after_scalar(std::string_view text, bool in_flow) {
  text = without_properties(text);
  auto end = in_flow ? text.find_first_of("]}") : text.find('\n');
  if (begins_with_quote(text)) end = closing_quote(text);
  return text.substr(std::min(end, text.size()));
}

namespace {

/// How many blank lines end the block whose lines `text` begins with.
std::size_t blank_lines_at_end(std::string_view text) {
  std::size_t indent = 0;
  std::size_t blank = 0;
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) break;
    const auto line = text.substr(0, end);
    const auto word = std::min(line.find_first_not_of(" \r"), line.size());
    text.remove_prefix(end + 1);
    if (word == line.size() && (indent == 0 || word <= indent)) {
      ++blank;
      continue;
    }
    if (indent == 0) indent = word;
    if (word < indent) break;
    blank = 0;
  }
  return blank;
}

}  // namespace

void restore_newlines(std::string& scalar, std::string_view text) {
  text = without_properties(text);
  if (begins_with_quote(text)) {
    text = text.substr(0, closing_quote(text));
    const auto before = text.substr(0, text.find_last_not_of(kBlanks) + 1);
    const auto breaks = std::ranges::count(text.substr(before.size()), '\n');
    // Behind an escape nothing tells its newlines from these, and nothing is lost.
    constexpr std::size_t kLongestEscape = 10;
    const auto tail = before.substr(before.size() - std::min(before.size(), kLongestEscape));
    if (breaks < 2 || tail.find('\\') != std::string_view::npos) return;
    scalar.erase(scalar.find_last_not_of('\n') + 1);
    scalar.append(static_cast<std::size_t>(breaks) - 1, '\n');
    return;
  }
  const auto word = scalar.find_last_not_of('\n');
  const bool keeps = text.starts_with(">+") &&
                     kBlanks.find(text[std::min(text.size() - 1, 2UL)]) != std::string_view::npos;
  if (!keeps || word == std::string::npos) return;
  const auto blank =
      blank_lines_at_end(text.substr(std::min(text.find('\n'), text.size() - 1) + 1));
  if (blank > 0) scalar.replace(word + 1, std::string::npos, blank + 1, '\n');
}

std::string_view Places::line(int number) {
  const auto rest = from(number, 1);
  return rest.substr(0, rest.find('\n'));
}

std::string_view Places::from(int line, int column) {
  for (; line_ > line; --line_) offset_ = offset_ < 2 ? 0 : text_.rfind('\n', offset_ - 2) + 1;
  for (; line_ < line; ++line_) {
    const auto newline = text_.find('\n', offset_);
    if (newline == std::string_view::npos) return {};
    offset_ = newline + 1;
  }
  const auto place = offset_ + static_cast<std::size_t>(column) - 1;
  return text_.substr(std::min(place, text_.size()));
}

int Places::line_before(int number, int column) {
  const auto indent = from(number, 1).substr(0, static_cast<std::size_t>(column) - 1);
  if (!is_empty_line(indent)) return number;
  int before = number - 1;
  while (before > 0 && is_empty_line(line(before))) --before;
  return before > 0 ? before : number;
}

void Feed::event(LastEvent last) {
  marks_ = 0;
  last_ = std::move(last);
}

int Feed::line_of_open_quote() const {
  const auto rest = Places(text_).from(last_.line, last_.column);
  for (std::size_t i = 0; i < rest.size(); ++i) {
    const bool begins =
        i == 0 || std::string_view(" \t\r\n[{,:").find(rest[i - 1]) != std::string_view::npos;
    if (begins && rest[i] == '#') {
      i = std::min(rest.find('\n', i), rest.size());
    } else if (begins && begins_with_quote(rest.substr(i))) {
      const auto close = closing_quote(rest.substr(i));
      if (close == std::string_view::npos)
        return last_.line + static_cast<int>(std::ranges::count(rest.substr(0, i), '\n'));
      i += close;
    }
  }
  return last_.line;
}

std::streamsize Feed::xsgetn(char* to, std::streamsize count) {
  const auto piece = text_.substr(offset_, static_cast<std::size_t>(count));
  piece.copy(to, piece.size());
  hide_question_marks(to, piece.size());
  offset_ += piece.size();
  if (offset_ > harmless_until_) count_marks(piece);
  return static_cast<std::streamsize>(piece.size());
}

void Feed::count_marks(std::string_view piece) {
  for (const char c : piece)
    if (c == '[' || c == ']' || c == '{' || c == '}' || c == ',') ++marks_;
  if (marks_ <= limits_.flow_marks) return;
  harmless_until_ = end_of_long_scalar();
  if (harmless_until_ < offset_)
    refuse(fmt::format("more than {} marks inside one [ ] or {{ }}", limits_.flow_marks),
           last_.line);
  marks_ = 0;
}

void Feed::hide_question_marks(char* piece, std::size_t size) const {
  for (std::size_t i = 0; i < size; ++i)
    if (piece[i] == '?' && !is_key_sign(offset_ + i)) piece[i] = kHiddenQuestionMark;
}

/// Whether the `?` there may be the sign of a key: a word of its own where a value could begin.
bool Feed::is_key_sign(std::size_t place) const {
  const auto after = text_.substr(place + 1, 1);
  if (!after.empty() && kBlanks.find(after.front()) == std::string_view::npos) return false;
  const auto before = text_.substr(0, place);
  const auto word = before.find_last_not_of(" \t");
  if (word == std::string_view::npos || before[word] == '\n' || before[word] == '\r') return true;
  if (std::string_view("[{,").find(before[word]) != std::string_view::npos) return true;
  return word + 1 < place && std::string_view("-?:").find(before[word]) != std::string_view::npos;
}

/// If a block scalar ("key: |") or one in quotes follows the last event: where it ends, else 0. Its
/// marks are text and cost nothing, however many there are.
std::size_t Feed::end_of_long_scalar() const {
  const auto rest = Places(text_).from(last_.line, last_.column);
  if (last_.block_key.empty() || !rest.starts_with(last_.block_key + ": ")) return 0;
  const auto line_end = std::min(rest.find('\n'), rest.size());
  const auto sign = rest.find_first_not_of(' ', last_.block_key.size() + 1);
  if (sign >= line_end) return 0;
  const auto begin = static_cast<std::size_t>(rest.data() - text_.data());
  if (begins_with_quote(rest.substr(sign))) {
    const auto close = closing_quote(rest.substr(sign));
    return close == std::string_view::npos ? 0 : begin + sign + close;
  }
  if (rest[sign] != '|' && rest[sign] != '>') return 0;
  std::size_t end = line_end;
  while (end < rest.size()) {
    const auto word = rest.find_first_not_of(" \n\r", end);
    if (word == std::string_view::npos) return text_.size();
    if (word - rest.rfind('\n', word) <= static_cast<std::size_t>(last_.column)) break;
    end = std::min(rest.find('\n', word), rest.size());
  }
  return begin + end;
}

}  // namespace town::yaml

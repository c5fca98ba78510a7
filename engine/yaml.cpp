#include "engine/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <istream>
#include <optional>
#include <streambuf>
#include <unordered_map>
#include <unordered_set>

#include "engine/utf8.h"
#include "state/error.h"

namespace town::yaml {
namespace {

/// Above this many entries a mapping looks for repeated keys with a hash set instead of a scan.
constexpr std::size_t kSmallMapping = 16;

[[noreturn]] void refuse(const std::string& message, int line) {
  throw InvalidInput("BadYaml", {{"", message, line}});
}

/// Finds places of the text again. Events come in order, so the search goes on where it stood.
class Places {
 public:
  explicit Places(std::string_view text) : text_(text) {}

  /// One line, 1-based, without its end.
  std::string_view line(int number) {
    const auto rest = from(number, 1);
    return rest.substr(0, rest.find('\n'));
  }

  /// The text from there on; 1-based lines, and bytes in them.
  std::string_view from(int line, int column) {
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

 private:
  std::string_view text_;
  int line_ = 1;
  std::size_t offset_ = 0;
};

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

  void event(LastEvent last) {
    marks_ = 0;
    last_ = std::move(last);
  }

 protected:
  std::streamsize xsgetn(char* to, std::streamsize count) override {
    const auto piece = text_.substr(offset_, static_cast<std::size_t>(count));
    piece.copy(to, piece.size());
    offset_ += piece.size();
    if (offset_ > harmless_until_) count_marks(piece);
    return static_cast<std::streamsize>(piece.size());
  }

 private:
  void count_marks(std::string_view piece) {
    for (const char c : piece)
      if (c == '[' || c == ']' || c == '{' || c == '}' || c == ',') ++marks_;
    if (marks_ <= limits_.flow_marks) return;
    harmless_until_ = end_of_block_scalar();
    if (harmless_until_ < offset_)
      refuse(fmt::format("more than {} marks inside one [ ] or {{ }}", limits_.flow_marks),
             last_.line);
    marks_ = 0;
  }

  /// If a block scalar ("key: |") follows the last event: where its indented lines end, else 0.
  /// Its marks are text and cost nothing, however many there are.
  [[nodiscard]] std::size_t end_of_block_scalar() const {
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

  std::string_view text_;
  const Limits& limits_;
  LastEvent last_;
  std::size_t offset_ = 0;
  std::size_t marks_ = 0;
  std::size_t harmless_until_ = 0;
};

/// Collects yaml-cpp's events into nodes.
class Builder : public YAML::EventHandler {
 public:
  Builder(std::string_view text, const Limits& limits)
      : feed(text, limits), places_(text), limits_(limits) {}

  Feed feed;

  /// The root, once the document is through.
  Node take() {
    check_last_quote();
    return std::move(root_);
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) refuse("more than one document in the file", mark.line + 1);
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node node = make(Node::Type::null, mark);
    if (expects_key()) restore_null_word(node);
    add(std::move(node), anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node node = make(Node::Type::scalar, mark);
    node.scalar = value;
    node.quoted = tag == "!";
    if (node.quoted) last_quoted_ = {node.line, node.column, {}};
    if (expects_key() && !node.quoted && flows_ == 0) feed.event({node.line, node.column, value});
    grow(0, value.size(), node.line);
    add(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    feed.event({mark.line + 1, mark.column + 1, {}});
    const auto known = anchors_.find(anchor);
    if (known == anchors_.end()) refuse("an alias may not contain itself", mark.line + 1);
    const Anchored& anchored = known->second;
    alias_nodes_ += anchored.nodes;
    if (alias_nodes_ > limits_.alias_nodes)
      refuse(fmt::format("aliases expand to more than {} values", limits_.alias_nodes),
             mark.line + 1);
    grow(anchored.nodes, anchored.bytes, mark.line + 1);
    if (static_cast<int>(open_.size()) + anchored.depth > limits_.depth)
      refuse(fmt::format("nested more than {} deep", limits_.depth), mark.line + 1);
    if (!open_.empty()) open_.back().deepest = std::max(open_.back().deepest, anchored.depth);
    add(anchored.node, YAML::NullAnchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    start(Node::Type::sequence, mark, anchor, style);
  }
  void OnSequenceEnd() override { end(); }

  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    start(Node::Type::mapping, mark, anchor, style);
  }
  void OnMapEnd() override { end(); }

 private:
  /// A collection that is not closed yet.
  struct Open {
    Node node;
    YAML::anchor_t anchor = YAML::NullAnchor;
    std::optional<Node> key;  ///< of a mapping: waits for its value
    std::unordered_set<std::string> keys;
    bool flow = false;
    std::size_t nodes_before = 0;
    std::size_t bytes_before = 0;
    int deepest = 0;  ///< levels below this one
  };

  struct Anchored {
    Node node;
    std::size_t nodes = 0;
    std::size_t bytes = 0;
    int depth = 0;
  };

  Node make(Node::Type type, const YAML::Mark& mark) {
    Node node;
    node.type = type;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    grow(1, 0, node.line);
    feed.event({node.line, node.column, {}});
    return node;
  }

  void grow(std::size_t nodes, std::size_t bytes, int line) {
    nodes_ += nodes;
    bytes_ += bytes;
    if (nodes_ > limits_.nodes) refuse(fmt::format("more than {} values", limits_.nodes), line);
    if (bytes_ > limits_.scalar_bytes)
      refuse(fmt::format("more than {} bytes of text", limits_.scalar_bytes), line);
  }

  [[nodiscard]] bool expects_key() const {
    return !open_.empty() && open_.back().node.type == Node::Type::mapping && !open_.back().key;
  }

  void start(Node::Type type, const YAML::Mark& mark, YAML::anchor_t anchor,
             YAML::EmitterStyle::value style) {
    if (static_cast<int>(open_.size()) >= limits_.depth)
      refuse(fmt::format("nested more than {} deep", limits_.depth), mark.line + 1);
    if (expects_key()) refuse("a key must be text", mark.line + 1);
    Open opened;
    opened.nodes_before = nodes_;
    opened.bytes_before = bytes_;
    opened.node = make(type, mark);
    opened.anchor = anchor;
    opened.flow = style == YAML::EmitterStyle::Flow;
    if (opened.flow) ++flows_;
    open_.push_back(std::move(opened));
  }

  void end() {
    Open closed = std::move(open_.back());
    open_.pop_back();
    if (closed.flow) --flows_;
    if (!open_.empty()) open_.back().deepest = std::max(open_.back().deepest, closed.deepest + 1);
    if (closed.anchor != YAML::NullAnchor)
      keep(closed.anchor, {closed.node, nodes_ - closed.nodes_before, bytes_ - closed.bytes_before,
                           closed.deepest + 1});
    place(std::move(closed.node));
  }

  void add(Node node, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) keep(anchor, {node, 1, node.scalar.size(), 0});
    place(std::move(node));
  }

  /// Anchored nodes are copied, so they count a second time.
  void keep(YAML::anchor_t anchor, Anchored anchored) {
    grow(anchored.nodes, anchored.bytes, anchored.node.line);
    anchors_[anchor] = std::move(anchored);
  }

  void place(Node node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& top = open_.back();
    if (top.node.type == Node::Type::sequence) {
      top.node.items.push_back(std::move(node));
    } else if (!top.key) {
      check_key(top, node);
      top.key = std::move(node);
    } else {
      if (node.type == Node::Type::null && !top.flow) check_colon(*top.key);
      top.node.entries.emplace_back(std::move(*top.key), std::move(node));
      top.key.reset();
    }
  }

  /// yaml-cpp takes a line of words below a mapping for a key without a value; there must be a ":".
  void check_colon(const Node& key) {
    const auto line = places_.line(key.line);
    const auto before = line.substr(0, static_cast<std::size_t>(key.column) - 1);
    const auto after = line.substr(std::min(line.size(), before.size() + key.scalar.size()));
    if (before.find('?') == std::string_view::npos && after.find(':') == std::string_view::npos)
      refuse("a \":\" is missing after this key", key.line);
  }

  static void check_key(Open& mapping, const Node& key) {
    if (key.type != Node::Type::scalar) refuse("a key must be text", key.line);
    const auto& entries = mapping.node.entries;
    bool repeated = false;
    if (entries.size() < kSmallMapping) {
      repeated = mapping.node.find(key.scalar) != nullptr;
    } else {
      if (mapping.keys.empty())
        for (const auto& entry : entries) mapping.keys.insert(entry.first.scalar);
      repeated = !mapping.keys.insert(key.scalar).second;
    }
    if (repeated) refuse(fmt::format("the key \"{}\" stands here twice", key.scalar), key.line);
  }

  /// A key called "null" or "NULL" is a name like any other, but yaml-cpp hands it over as nothing.
  void restore_null_word(Node& node) {
    const auto rest = places_.from(node.line, node.column);
    for (const std::string_view word : {"null", "Null", "NULL", "~"}) {
      if (!rest.starts_with(word)) continue;
      node.type = Node::Type::scalar;
      node.scalar = word;
      return;
    }
  }

  /// yaml-cpp takes the end of the file for a closing quote. It can do so for the last one only.
  void check_last_quote() {
    auto rest = places_.from(last_quoted_.line, last_quoted_.column);
    // A tag or an anchor comes first.
    while (rest.starts_with('&') || rest.starts_with('!')) {
      rest.remove_prefix(std::min(rest.find_first_of(" \t\r\n"), rest.size()));
      rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n"), rest.size()));
    }
    if (!rest.starts_with('"') && !rest.starts_with('\'')) return;
    const char quote = rest.front();
    for (std::size_t i = 1; i < rest.size(); ++i) {
      if (rest[i] == quote) {
        const bool doubled = quote == '\'' && i + 1 < rest.size() && rest[i + 1] == quote;
        if (!doubled) return;
        ++i;
      } else if (rest[i] == '\\' && quote == '"') {
        ++i;
      }
    }
    refuse("the quote that begins here is never closed", last_quoted_.line);
  }

  Places places_;
  const Limits& limits_;
  LastEvent last_quoted_;
  Node root_;
  std::vector<Open> open_;
  std::unordered_map<YAML::anchor_t, Anchored> anchors_;
  std::size_t nodes_ = 0;
  std::size_t bytes_ = 0;
  std::size_t alias_nodes_ = 0;
  int flows_ = 0;
  int documents_ = 0;
};

}  // namespace

const Node* Node::find(std::string_view key) const {
  for (const auto& [name, value] : entries)
    if (name.scalar == key) return &value;
  return nullptr;
}

Node parse(std::string_view text, const Limits& limits) {
  if (text.size() > limits.bytes)
    refuse(fmt::format("the file is larger than {} bytes", limits.bytes), 0);
  check_characters(text);
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  Builder builder(text, limits);
  std::istream stream(&builder.feed);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    refuse(error.msg, error.mark.line + 1);
  }
  return builder.take();
}

}  // namespace town::yaml

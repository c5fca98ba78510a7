#include "engine/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <istream>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "engine/yaml_merge.h"
#include "engine/yaml_text.h"

namespace town::yaml {
namespace {

/// Above this many entries a mapping looks for repeated keys with a hash set instead of a scan.
constexpr std::size_t kSmallMapping = 16;

/// Collects yaml-cpp's events into nodes.
class Builder : public YAML::EventHandler {
 public:
  Builder(std::string_view text, const Limits& limits)
      : feed(text, limits), places_(text), limits_(limits) {}

  Feed feed;

  /// The root, once the document is through.
  Node take() {
    // yaml-cpp takes the end of the file for a closing quote; it can do so for the last one only.
    if (is_open_quote(places_.from(last_quoted_.line, last_quoted_.column)))
      refuse("the quote that begins here is never closed", last_quoted_.line);
    check_end();
    return std::move(root_);
  }

  /// Refuses the text for what yaml-cpp says; at the end of the file that is nowhere, so the line
  /// is then that of what was opened last.
  [[noreturn]] void refuse_for(const YAML::Exception& error) {
    const int line = error.mark.line + 1;
    const std::string words(in_words(error.msg));
    const auto open = std::find_if(open_.rbegin(), open_.rend(),
                                   [](const Open& candidate) { return candidate.flow; });
    const bool at_end = places_.from(line, error.mark.column + 1).find_first_not_of(" \t\r\n") ==
                        std::string_view::npos;
    if (at_end && error.msg == YAML::ErrorMsg::EOF_IN_SCALAR)
      refuse("the quote that begins here is never closed", feed.line_of_open_quote());
    if (at_end && open != open_.rend())
      refuse(fmt::format("the {} that begins here is never closed",
                         open->node.type == Node::Type::sequence ? '[' : '{'),
             open->node.line);
    if (open != open_.rend() && open->node.line != line)
      refuse(fmt::format("{}; what is open here began in line {}", words, open->node.line), line);
    refuse(words, at_end ? places_.line_before(line, 1) : line);
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) refuse("more than one document in the file", mark.line + 1);
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node node = make(Node::Type::null, mark);
    if (expects_key()) restore_null_word(node);
    if (node.type == Node::Type::null) {
      check_comma(node);
      node.line = places_.line_before(node.line, node.column);
    }
    add(std::move(node), anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node node = make(Node::Type::scalar, mark);
    node.scalar = restored(value);
    node.quoted = tag == "!";
    last_scalar_ = {node.line, node.column, {}};
    last_in_flow_ = flows_ > 0;
    // With a tag of its own a scalar does not tell whether it was in quotes.
    if (tag != "?") {
      last_quoted_ = last_scalar_;
      restore_newlines(node.scalar, places_.from(node.line, node.column));
    }
    if (expects_key() && !node.quoted && flows_ == 0)
      feed.event({node.line, node.column, node.scalar});
    grow(0, node.scalar.size(), node.line);
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
    place(anchored.node, true);
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
    bool key_is_alias = false;
    bool flow = false;
    bool merges = false;  ///< has a merge key
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
    if (closed.merges) merge_keys(closed.node);
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

  void place(Node node, bool is_alias = false) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& top = open_.back();
    if (top.node.type == Node::Type::sequence) {
      top.node.items.push_back(std::move(node));
    } else if (!top.key) {
      check_key(top, node);
      top.key_is_alias = is_alias;
      top.key = std::move(node);
    } else {
      if (node.type == Node::Type::null && !top.flow && !top.key_is_alias) check_colon(*top.key);
      top.node.entries.push_back({std::move(*top.key), std::move(node)});
      top.key.reset();
    }
  }

  /// yaml-cpp takes a directive behind the document for nothing.
  void check_end() {
    if (root_.type != Node::Type::mapping) return;
    const auto last = places_.from(last_scalar_.line, last_scalar_.column);
    auto rest = after_scalar(last, last_in_flow_);
    const auto skipped = last.substr(0, last.size() - rest.size());
    int line = last_scalar_.line + static_cast<int>(std::ranges::count(skipped, '\n'));
    for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
      rest.remove_prefix(end + 1);
      ++line;
      if (rest.starts_with('%'))
        refuse("a line that begins with % may only stand before the document and its ---", line);
    }
  }

  /// yaml-cpp takes nothing between two commas for a value.
  void check_comma(const Node& node) {
    const bool in_flow = !open_.empty() && open_.back().flow;
    const bool is_item =
        in_flow && (open_.back().node.type == Node::Type::sequence || expects_key());
    if (is_item && places_.from(node.line, node.column).starts_with(','))
      refuse("nothing stands before this comma", node.line);
  }

  /// yaml-cpp takes a line of words below a mapping for a key without a value; there must be a ":".
  void check_colon(const Node& key) {
    const auto line = places_.line(key.line);
    const auto before = line.substr(0, static_cast<std::size_t>(key.column) - 1);
    const auto after = line.substr(std::min(line.size(), before.size() + key.scalar.size()));
    if (before.find('?') == std::string_view::npos && after.find(':') == std::string_view::npos)
      refuse("a \":\" is missing after this key", key.line);
  }

  static int line_of(const std::vector<Entry>& entries, const std::string& key) {
    const auto found =
        std::ranges::find_if(entries, [&](const Entry& entry) { return entry.key.scalar == key; });
    return found == entries.end() ? 0 : found->key.line;
  }

  static void check_key(Open& mapping, const Node& key) {
    if (key.type != Node::Type::scalar) refuse("a key must be text", key.line);
    const auto& entries = mapping.node.entries;
    bool repeated = false;
    if (entries.size() < kSmallMapping) {
      repeated = mapping.node.find(key.scalar) != nullptr;
    } else {
      if (mapping.keys.empty())
        for (const auto& entry : entries) mapping.keys.insert(entry.key.scalar);
      repeated = !mapping.keys.insert(key.scalar).second;
    }
    if (repeated)
      refuse(fmt::format("the key \"{}\" stands here twice; the first one is in line {}",
                         key.scalar, line_of(entries, key.scalar)),
             key.line);
    mapping.merges = mapping.merges || is_merge_key(key);
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
  LastEvent last_scalar_;
  bool last_in_flow_ = false;  ///< whether that stands inside [ ] or { }
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
  check_directives(text);
  Builder builder(text, limits);
  std::istream stream(&builder.feed);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    builder.refuse_for(error);
  }
  return builder.take();
}

}  // namespace town::yaml

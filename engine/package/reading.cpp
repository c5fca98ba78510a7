#include "engine/package/reading.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/package/nearest.h"
#include "engine/package/size.h"
#include "engine/package/text.h"

namespace town::package {
namespace {

using yaml::Node;

/// How a node of the wrong type is called in a message.
std::string name_of(const Node& node) {
  switch (node.type) {
    case Node::Type::null:
      return "nothing";
    case Node::Type::scalar:
      return "the text " + in_quotes(node.scalar);
    case Node::Type::sequence:
      return "a list";
    case Node::Type::mapping:
      return "a mapping";
  }
  return "nothing";
}

std::optional<bool> parse_flag(std::string_view text) {
  const std::string lower = to_lower(text);
  if (lower == "true" || lower == "yes" || lower == "on") return true;
  if (lower == "false" || lower == "no" || lower == "off") return false;
  return {};
}

}  // namespace

void Reading::fault(std::string field, std::string message, int line) {
  if (parsed_.faults.size() < kMostFaults)
    parsed_.faults.push_back({std::move(field), std::move(message), line});
}

void Reading::warn(std::string field, std::string message, int line) {
  if (parsed_.warnings.size() < kMostWarnings)
    parsed_.warnings.push_back({std::move(field), std::move(message), line});
}

Section::Section(const Node* node, std::string path, Reading& reading, int line)
    : path_(std::move(path)), line_(line), reading_(reading) {
  if (node == nullptr || node->type == Node::Type::null) return;
  line_ = node->line;
  broken_ = node->type != Node::Type::mapping;
  if (!broken_)
    node_ = node;
  else
    reading_.fault(path_, fmt::format("must be a mapping, not {}", name_of(*node)), node->line);
}

std::string Section::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

const Node* Section::raw(std::string_view key) {
  asked_.push_back(key);
  return node_ == nullptr ? nullptr : node_->find(key);
}

bool Section::has(std::string_view key) {
  const Node* node = raw(key);
  return node != nullptr && node->type != Node::Type::null;
}

bool Section::has_content(std::string_view key) {
  const Node* node = raw(key);
  return node != nullptr && !(node->scalar.empty() && node->items.empty() && node->entries.empty());
}

std::string Section::scalar(const Node& node, const std::string& path) {
  if (node.type == Node::Type::scalar) return node.scalar;
  if (node.type != Node::Type::null)
    reading_.fault(path, fmt::format("must be a text, not {}", name_of(node)), node.line);
  return {};
}

std::string Section::text(std::string_view key) {
  const Node* node = raw(key);
  return node == nullptr ? std::string() : scalar(*node, path_of(key));
}

std::string Section::required(std::string_view key, std::string_view what) {
  const Node* node = raw(key);
  if (node != nullptr && node->type != Node::Type::null &&
      (node->type != Node::Type::scalar || !node->scalar.empty()))
    return scalar(*node, path_of(key));
  fault(key, fmt::format("is missing: {}", what));
  return {};
}

bool Section::flag(std::string_view key, bool otherwise) {
  const std::string written = text(key);
  if (written.empty()) return otherwise;
  const auto value = parse_flag(written);
  if (!value) fault(key, fmt::format("{} is neither true nor false", in_quotes(written)));
  return value.value_or(otherwise);
}

std::optional<std::uint32_t> Section::number(std::string_view key, std::uint32_t most) {
  const std::string written = text(key);
  if (written.empty()) return {};
  const auto value = parse_number(written, most);
  if (!value) {
    fault(key, fmt::format("{} is no whole number from 0 to {}", in_quotes(written), most));
    return {};
  }
  return static_cast<std::uint32_t>(*value);
}

void Section::each_item(std::string_view key, const UseItem& use) {
  const Node* list = raw(key);
  if (list == nullptr || list->type == Node::Type::null) return;
  const std::string path = path_of(key);
  if (list->type != Node::Type::sequence) {
    reading_.fault(path, fmt::format("must be a list, not {}", name_of(*list)), list->line);
    return;
  }
  for (std::size_t i = 0; i < list->items.size(); ++i)
    use(list->items[i], fmt::format("{}[{}]", path, i));
}

void Section::each(std::string_view key, const UseEntry& use) {
  const Section inner(raw(key), path_of(key), reading_);
  if (inner.node_ == nullptr) return;
  for (const auto& [name, value] : inner.node_->entries)
    use(name, value, inner.path_of(name.scalar));
}

std::vector<std::string> Section::texts(std::string_view key) {
  std::vector<std::string> list;
  each_item(key,
            [&](const Node& item, const std::string& path) { list.push_back(scalar(item, path)); });
  return list;
}

std::vector<std::pair<std::string, std::string>> Section::text_map(std::string_view key) {
  std::vector<std::pair<std::string, std::string>> map;
  each(key, [&](const Node& name, const Node& value, const std::string& path) {
    map.emplace_back(name.scalar, scalar(value, path));
  });
  return map;
}

Section Section::section(std::string_view key) {
  Section inner(raw(key), path_of(key), reading_, line_);
  inner.broken_ = inner.broken_ || broken_;
  return inner;
}

void Section::fault(std::string_view key, std::string message) {
  if (broken_) return;
  const Node* node = node_ == nullptr ? nullptr : node_->find(key);
  reading_.fault(path_of(key), std::move(message), node == nullptr ? line() : node->line);
}

void Section::warn(std::string_view key, std::string message) {
  if (broken_) return;
  const Node* node = node_ == nullptr ? nullptr : node_->find(key);
  reading_.warn(path_of(key), std::move(message), node == nullptr ? line() : node->line);
}

void Section::finish() {
  if (node_ == nullptr) return;
  for (const auto& [key, value] : node_->entries) {
    if (!reading_.takes_warnings()) return;
    if (std::ranges::find(asked_, key.scalar) != asked_.end()) continue;
    const auto meant = nearest(key.scalar, asked_);
    reading_.warn(path_of(key.scalar),
                  meant.empty()
                      ? "is unknown and does nothing"
                      : fmt::format("is unknown and does nothing; did you mean \"{}\"?", meant),
                  key.line);
  }
}

std::vector<std::string> parse_commands(Section& section, Reading& reading, std::string_view key) {
  std::vector<std::string> commands;
  section.each_item(key, [&](const Node& item, const std::string& path) {
    const std::string command = section.scalar(item, path);
    commands.emplace_back(trim(command));
    const bool text = item.type == Node::Type::scalar || item.type == Node::Type::null;
    if (text && commands.back().empty()) reading.fault(path, "is empty", item.line);
  });
  return commands;
}

}  // namespace town::package

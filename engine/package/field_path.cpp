#include "engine/package/field_path.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/package/size.h"

namespace town::package {
namespace {

const yaml::Node* child(const yaml::Node& node, const Step& step) {
  if (!step.is_index) return node.find(step.key);
  return step.index < node.items.size() ? &node.items[step.index] : nullptr;
}

/// The entry whose key `field` begins with; the longest one, as keys may hold dots. Cuts it off.
const yaml::Node* take_key(const yaml::Node& node, std::string_view& field) {
  const yaml::Node* found = nullptr;
  std::size_t longest = 0;
  for (const auto& [key, value] : node.entries) {
    const auto rest = field.substr(std::min(key.scalar.size(), field.size()));
    const bool whole = rest.empty() || rest.front() == '.' || rest.front() == '[';
    if (!whole || !field.starts_with(key.scalar)) continue;
    if (found != nullptr && key.scalar.size() <= longest) continue;
    longest = key.scalar.size();
    found = value.line == 0 ? &key : &value;
  }
  if (found == nullptr) return nullptr;
  field.remove_prefix(longest);
  if (field.starts_with('.')) field.remove_prefix(1);
  return found;
}

/// The item that "[3]" at the beginning of `field` means. Cuts it off.
const yaml::Node* take_item(const yaml::Node& node, std::string_view& field) {
  const auto end = field.find(']');
  if (!field.starts_with('[') || end == std::string_view::npos) return nullptr;
  const auto index = parse_number(field.substr(1, end - 1), node.items.size());
  if (!index || *index >= node.items.size()) return nullptr;
  field.remove_prefix(end + 1);
  if (field.starts_with('.')) field.remove_prefix(1);
  return &node.items[*index];
}

}  // namespace

int line_of(const yaml::Node& root, std::string_view field) {
  int line = 0;
  const yaml::Node* node = &root;
  while (!field.empty()) {
    node =
        node->type == yaml::Node::Type::sequence ? take_item(*node, field) : take_key(*node, field);
    if (node == nullptr) break;
    line = node->line;
  }
  return line;
}

FieldPath::FieldPath(std::initializer_list<Step> steps) {
  for (const Step& step : steps) steps_.at(count_++) = step;
}

std::string FieldPath::text() const {
  std::string text;
  for (std::size_t i = 0; i < count_; ++i) {
    const Step& step = steps_.at(i);
    if (step.is_index) {
      text += fmt::format("[{}]", step.index);
    } else {
      if (!text.empty()) text += '.';
      text += step.key;
    }
  }
  return text;
}

int FieldPath::line_in(const yaml::Node& root) const {
  const yaml::Node* node = &root;
  int line = 0;
  for (std::size_t i = 0; i < count_; ++i) {
    node = child(*node, steps_.at(i));
    if (node == nullptr) break;
    line = node->line;
  }
  return line;
}

}  // namespace town::package

#include "engine/package/field_path.h"

#include <fmt/format.h>

namespace town::package {
namespace {

const yaml::Node* child(const yaml::Node& node, const Step& step) {
  if (!step.is_index) return node.find(step.key);
  return step.index < node.items.size() ? &node.items[step.index] : nullptr;
}

}  // namespace

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

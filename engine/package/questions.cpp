#include "engine/package/questions.h"

#include <array>
#include <utility>

namespace town::package {
namespace {

constexpr std::array<std::pair<QuestionType, std::string_view>, 11> kTypes{{
    {QuestionType::text, ""},
    {QuestionType::hostname, "hostname"},
    {QuestionType::port, "port"},
    {QuestionType::bytes, "bytes"},
    {QuestionType::duration, "duration"},
    {QuestionType::volume, "volume"},
    {QuestionType::archive, "archive"},
    {QuestionType::secret, "secret"},
    {QuestionType::boolean, "boolean"},
    {QuestionType::oauth, "oauth"},
    {QuestionType::shared_volume, "shared_volume"},
}};

}  // namespace

std::string_view to_string(QuestionType type) {
  for (const auto& [known, name] : kTypes)
    if (known == type) return name;
  return "";
}

std::vector<std::string_view> question_types() {
  std::vector<std::string_view> names;
  for (const auto& [type, name] : kTypes)
    if (!name.empty()) names.push_back(name);
  return names;
}

std::optional<QuestionType> parse_question_type(std::string_view text) {
  for (const auto& [type, name] : kTypes)
    if (name == text) return type;
  return {};
}

}  // namespace town::package

#include "engine/package/compile.h"

#include <algorithm>
#include <set>

#include "engine/package/field_path.h"
#include "engine/package/mask.h"

namespace town::package {
namespace {

/// Which fields were at fault at earlier stages.
class Said {
 public:
  explicit Said(const Diagnostics& faults) {
    for (const auto& fault : faults) fields_.insert(fault.field);
  }

  [[nodiscard]] bool field(const std::string& name) const { return fields_.contains(name); }

  /// The field, or anything in it.
  [[nodiscard]] bool within(const std::string& name) const {
    const auto inner = fields_.lower_bound(name + ".");
    return field(name) || (inner != fields_.end() && inner->starts_with(name + "."));
  }

 private:
  std::set<std::string> fields_;
};

/// Takes over the faults of the answers, but not to questions that are themselves at fault.
void add_answer_faults(Compiled& compiled, const Said& said, std::set<std::string>& unknown) {
  const auto& questions = compiled.definition.questions;
  for (const auto& entry : questions)
    if (said.within("questions." + entry.first)) unknown.insert(entry.first);
  for (const auto& [name, message] : compiled.answered.faults) {
    // Where the questions could not be read, no answer can be called unknown.
    if (said.field("questions") || unknown.contains(name)) continue;
    compiled.faults.push_back({"responses." + name, message, 0});
  }
  for (const auto& [name, message] : compiled.answered.faults) unknown.insert(name);
}

void add_result_faults(Compiled& compiled, const Said& said, Diagnostics faults) {
  for (auto& fault : faults) {
    if (said.field(fault.field)) continue;
    if (said.field("volumes") && fault.field.ends_with(".volume")) continue;
    compiled.faults.push_back(std::move(fault));
  }
}

/// What is found after the reading gets its line, too; that of an answer is its question's. Each
/// look-up walks the file, and nobody reads more than so many.
void add_lines(Diagnostics& faults, const yaml::Node& source) {
  constexpr int kMostLines = 200;
  constexpr std::string_view kAnswer = "responses.";
  int left = kMostLines;
  for (auto& fault : faults) {
    if (fault.line != 0) continue;
    if (left-- == 0) return;
    fault.line = fault.field.starts_with(kAnswer)
                     ? line_of(source, "questions." + fault.field.substr(kAnswer.size()))
                     : line_of(source, fault.field);
  }
}

}  // namespace

Compiled compile(Parsed parsed, const AnswerContext& answers, ResolveContext box,
                 const PrepareBox& prepare) {
  Compiled compiled;
  compiled.definition = std::move(parsed.definition);
  compiled.faults = std::move(parsed.faults);
  compiled.warnings = std::move(parsed.warnings);
  const Said said(compiled.faults);
  // A file that is no mapping has no parts that could be judged.
  if (said.field("")) return compiled;
  compiled.answered = answer(compiled.definition, answers);
  add_answer_faults(compiled, said, box.unknown);
  for (const auto& name : box.unknown) compiled.answered.values.erase(name);
  if (prepare)
    add_result_faults(compiled, said, prepare(compiled.definition, compiled.answered.values, box));
  auto resolved = resolve(compiled.definition, compiled.answered.values, box);
  compiled.package = std::move(resolved.package);
  add_result_faults(compiled, said, std::move(resolved.faults));
  if (parsed.source) add_lines(compiled.faults, *parsed.source);
  mask(compiled.faults, secret_answers(compiled.definition, answers, compiled.answered));
  return compiled;
}

Compiled compile(std::string_view yaml_text, const AnswerContext& answers, ResolveContext box) {
  return compile(parse_definition(yaml_text), answers, std::move(box));
}

}  // namespace town::package

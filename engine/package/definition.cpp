#include "engine/package/definition.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "engine/package/fields.h"
#include "engine/package/parse.h"
#include "engine/package/references.h"
#include "engine/package/substitute.h"
#include "engine/package/text.h"

namespace town::package {
namespace {

/// Lines are looked up for so many faults in sections where each look-up walks all entries.
constexpr std::size_t kMostSteps = 20'000'000;

/// How many entries a look-up goes past at most.
std::size_t steps_of(const yaml::Node& root) {
  std::size_t most = 1;
  for (const auto& [key, value] : root.entries) {
    most = std::max(most, value.entries.size());
    for (const auto& [inner_key, inner] : value.entries)
      most = std::max(most, inner.entries.size());
  }
  return most;
}

/// `description` is one line of text: it becomes part of a unit file.
void parse_description(Section& top, Definition& definition) {
  const std::string text = top.text("description");
  definition.description = trim(text);
  if (auto fault = check_line(definition.description); !fault.empty())
    top.fault("description", std::move(fault));
}

void parse_notes(Section& top, Definition& definition, Reading& reading) {
  top.each("notes", [&](const yaml::Node& label, const yaml::Node& value, const std::string& path) {
    if (auto fault = check_line(label.scalar); !fault.empty())
      reading.fault(path, std::move(fault), label.line);
    Section section(&value, path, reading, label.line);
    NoteDeclaration note;
    note.value = section.required("value", "write the note");
    note.type = section.text("type");
    section.finish();
    definition.notes.emplace(label.scalar, std::move(note));
  });
}

/// A marker makes a text open: then only what no value can mend is a fault. "@@" becomes an "@",
/// and the result is what counts.
Verdict judge(const std::string& text, Rule rule) {
  if (text.find('@') == std::string::npos) return rule(text);
  return has_marker(text) ? open_rule(rule)(text) : rule(substitute(text, {}));
}

/// Applies every rule to the raw texts.
void check_fields(const yaml::Node& root, Definition& definition, Reading& reading) {
  auto lines_left = kMostSteps / steps_of(root);
  const auto report = [&](const FieldPath& path, std::string message) {
    const int line = lines_left > 0 ? path.line_in(root) : 0;
    if (lines_left > 0) --lines_left;
    reading.fault(path.text(), std::move(message), line);
  };
  const IsOpen is_open = [](const std::string& text) { return has_marker(text); };
  for_each_field(definition, [&](const FieldPath& path, std::string& text, Rule rule) {
    if (text.empty()) return;
    if (auto fault = judge(text, rule); !fault.empty()) report(path, std::move(fault));
  });
  const yaml::Node* volumes = root.find("volumes");
  // Where the volumes could not be read, nothing can be said about who names them.
  if (volumes == nullptr || volumes->type == yaml::Node::Type::mapping)
    check_volume_references(definition, is_open, report);
  check_ports(definition.network, definition, definition.network.complete, is_open, report);
}

/// Every program of the machine can read what stands on a command line. That is the author's
/// decision; who installs the package should know of it.
void warn_of_shown_secrets(const yaml::Node& root, const Definition& definition, Reading& reading) {
  const auto look = [&](const FieldPath& path, const std::string& text) {
    std::set<std::string, std::less<>> said;
    for_each_marker(text, [&](std::string_view name) {
      const auto question = definition.questions.find(std::string(name));
      if (question == definition.questions.end() || !is_secret(question->second.type)) return;
      if (!reading.takes_warnings() || !said.emplace(name).second) return;
      reading.warn(path.text(),
                   fmt::format("passes the secret answer \"{}\" on a command line, where every "
                               "program on the machine can read it: an environment variable "
                               "would keep it",
                               name),
                   path.line_in(root));
    });
  };
  const auto look_at = [&](const char* key, const std::vector<std::string>& texts) {
    for (std::size_t at = 0; at < texts.size(); ++at) look({key, at}, texts[at]);
  };
  look_at("entrypoint", definition.entrypoint);
  look_at("command", definition.command);
  look_at("post_update", definition.post_update);
  look_at("post_install", definition.post_install);
  if (!definition.proton) return;
  const auto& arguments = definition.proton->args;
  for (std::size_t at = 0; at < arguments.size(); ++at) look({"proton", "args", at}, arguments[at]);
}

}  // namespace

std::string_view to_string(Runtime runtime) { return runtime == Runtime::vm ? "vm" : "container"; }

Parsed parse_definition(std::string_view yaml_text) {
  Parsed parsed;
  Reading reading(parsed);
  try {
    parsed.source = std::make_shared<const yaml::Node>(yaml::parse(yaml_text));
  } catch (const InvalidInput& error) {
    parsed.faults = error.faults();
    return parsed;
  }
  const yaml::Node& root = *parsed.source;
  if (root.type != yaml::Node::Type::mapping) {
    reading.fault("", "a package file is a mapping of keys to values", root.line);
    return parsed;
  }
  Section top(&root, "", reading);
  Definition& definition = parsed.definition;
  parse_runtime(top, definition, reading);
  parse_description(top, definition);
  definition.supplies = top.texts("supplies");
  for (const auto& tag : definition.supplies)
    if (auto fault = check_line(tag); !fault.empty()) top.fault("supplies", std::move(fault));
  parse_network(top, definition, reading);
  parse_storage(top, definition, reading);
  parse_questions(top, definition, reading);
  parse_notes(top, definition, reading);
  parse_dependencies(top, definition, reading);
  top.finish();
  check_fields(root, definition, reading);
  warn_of_shown_secrets(root, definition, reading);
  // Those without a line come last: their place is not known.
  std::ranges::stable_sort(parsed.faults, {}, [](const Diagnostic& fault) {
    return std::pair(fault.line == 0, fault.line);
  });
  std::ranges::stable_sort(parsed.warnings, {}, &Diagnostic::line);
  return parsed;
}

}  // namespace town::package

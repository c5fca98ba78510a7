// The second half of packages.h: what one package asks, was answered, and says.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/packages.h"
#include "engine/package/answers.h"
#include "engine/package/resolve.h"

namespace town::api {
namespace {

using Json = nlohmann::json;

constexpr const char* kMask = "***";

/// Shorter secrets are not looked for in texts: they would mask every other word.
constexpr std::size_t kShortestMasked = 6;

bool is_hidden(const package::Definition& definition, const std::string& question) {
  const auto found = definition.questions.find(question);
  return found == definition.questions.end() || package::is_secret(found->second.type);
}

Json question_json(const package::Question& question) {
  Json json = {{"query", question.query}};
  if (question.type != package::QuestionType::text) {
    json["type"] = package::to_string(question.type);
  }
  if (!question.default_value.empty()) json["default"] = question.default_value;
  if (question.optional) json["optional"] = true;
  if (!question.show_if.empty()) json["show_if"] = question.show_if;
  return json;
}

void add_secrets(const std::map<std::string, Secret>& answers,
                 const package::Definition& definition, std::vector<std::string>& secrets) {
  for (const auto& [question, answer] : answers) {
    const bool hides = is_hidden(definition, question) && answer.reveal().size() >= kShortestMasked;
    if (hides) secrets.push_back(answer.reveal());
  }
}

/// Answers as they were kept, so nothing is drawn: there is nothing left to fill in.
std::map<std::string, std::string> values_of(const PackageSpec& spec,
                                             const package::Definition& definition) {
  package::AnswerContext context;
  context.package_name = spec.name;
  for (const auto& [question, answer] : spec.responses) {
    context.installed.emplace(question, answer.reveal());
  }
  context.free_port = [](const std::set<std::uint16_t>&) { return std::uint16_t{0}; };
  context.random_hex = [](std::size_t) { return std::string(); };
  return package::answer(definition, context).values;
}

}  // namespace

Json questions_json(const package::Definition& definition) {
  Json questions = Json::object();
  for (const auto& [name, question] : definition.questions) {
    questions[name] = question_json(question);
  }
  return questions;
}

std::vector<std::string> secrets_of(const PackageSpec& spec) {
  std::vector<std::string> secrets;
  add_secrets(spec.responses, definition_of(spec), secrets);
  for (const auto& [name, member] : spec.members) {
    add_secrets(member.responses, package::parse_definition(member.definition).definition, secrets);
  }
  return secrets;
}

std::string masked(std::string text, const std::vector<std::string>& secrets) {
  for (const auto& secret : secrets) {
    for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) {
      text.replace(at, secret.size(), kMask);
      at += std::char_traits<char>::length(kMask);
    }
  }
  return text;
}

package::Definition definition_of(const PackageSpec& spec) {
  return package::parse_definition(spec.definition).definition;
}

Json answers_json(const std::map<std::string, Secret>& answers,
                  const package::Definition& definition, bool reveal) {
  Json json = Json::object();
  for (const auto& [question, answer] : answers) {
    const bool hides = !reveal && is_hidden(definition, question) && !answer.empty();
    json[question] = hides ? kMask : answer.reveal();
  }
  return json;
}

Json installed_info(const PackageSpec& spec, const std::string& tld,
                    const std::string& internal_host, const std::string& external_host,
                    bool reveal) {
  const auto definition = definition_of(spec);
  package::ResolveContext context;
  context.repo = spec.repo;
  context.name = spec.name;
  context.version = spec.version;
  context.tld = tld;
  if (!internal_host.empty()) context.internal_host = internal_host;
  if (!external_host.empty()) context.external_host = external_host;
  const auto resolved = package::resolve(definition, values_of(spec, definition), context);
  const auto secrets = reveal ? std::vector<std::string>() : secrets_of(spec);
  Json notes = Json::object();
  Json types = Json::object();
  for (const auto& [label, note] : resolved.package.notes) {
    notes[label] = masked(note.value, secrets);
    if (!note.type.empty()) types[label] = note.type;
  }
  Json info = {{"questions", questions_json(definition)},
               {"responses", answers_json(spec.responses, definition, reveal)},
               {"notes", std::move(notes)}};
  if (!types.empty()) info["note_types"] = std::move(types);
  return info;
}

}  // namespace town::api

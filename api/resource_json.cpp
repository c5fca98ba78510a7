#include "api/resource_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/packages.h"
#include "engine/engine.h"

namespace town::api {
namespace {

using Json = nlohmann::json;

const char* word_of(Outcome::Word word) {
  switch (word) {
    case Outcome::Word::ready:
      return "Ready";
    case Outcome::Word::progressing:
      return "Progressing";
    case Outcome::Word::degraded:
      return "Degraded";
    case Outcome::Word::stalled:
      return "Stalled";
    case Outcome::Word::gone:
      return "Gone";
  }
  return "Progressing";
}

/// A key that something needs, which need not be in the graph (yet, or any more).
Json need_json(const Snapshot& snapshot, const Key& key) {
  const auto resource = snapshot.graph->find(key);
  if (resource) return summary_json(snapshot, *resource);
  return {{"key", to_string(key)}, {"kind", to_string(key.kind)},
          {"name", key.name},      {"word", "Missing"},
          {"reason", "Missing"},   {"message", "there is no such resource"}};
}

/// A package may pass a secret answer on a command line: the machine's own users see it there, the
/// accounts of the box need not.
void mask_arguments(const Graph& graph, const Resource& resource, Json& spec) {
  const auto* package = resource.owner ? graph.spec<PackageSpec>(*resource.owner) : nullptr;
  if (resource.key.kind != Kind::unit || package == nullptr) return;
  const auto secrets = secrets_of(*package);
  for (const char* name : {"entrypoint", "command"}) {
    for (auto& argument : spec[name]) argument = masked(argument.get<std::string>(), secrets);
  }
}

/// What is said of the parts of something that has no loop of its own, each part named; where all
/// is well, that.
Json conditions_of_parts(const Snapshot& snapshot, const Resource& resource) {
  auto conditions = Json::array();
  Time since{};
  for (const auto& part : snapshot.graph->owned_by(resource.key)) {
    const auto status = snapshot.status(part->key);
    if (const auto* ready = status.find(ConditionType::ready))
      since = std::max(since, ready->since);
    for (const auto& condition : status.conditions) {
      if (condition.type == ConditionType::ready) continue;
      conditions.push_back({{"type", to_string(condition.type)},
                            {"reason", condition.reason},
                            {"message", to_string(part->key) + ": " + condition.message},
                            {"since", to_rfc3339(condition.since)},
                            {"part", to_string(part->key)}});
    }
  }
  const auto how = outcome(snapshot, resource.key);
  if (how.word != Outcome::Word::ready || since == Time{}) return conditions;
  conditions.push_back({{"type", "Ready"},
                        {"reason", how.reason},
                        {"message", how.message},
                        {"since", to_rfc3339(since)}});
  return conditions;
}

}  // namespace

Json summary_json(const Snapshot& snapshot, const Resource& resource) {
  auto how = outcome(snapshot, resource.key);
  const auto status = snapshot.status(resource.key);
  if (how.message.empty() && how.culprit == resource.key) {
    if (const auto* ready = status.find(ConditionType::ready)) {
      how.reason = ready->reason;
      how.message = ready->message;
    }
  }
  Json json = {{"key", to_string(resource.key)},
               {"kind", to_string(resource.key.kind)},
               {"name", resource.key.name},
               {"word", word_of(how.word)},
               {"reason", how.reason},
               {"message", how.message},
               {"generation", resource.generation},
               {"declared", resource.declared()}};
  if (how.culprit != resource.key) json["culprit"] = to_string(how.culprit);
  if (resource.owner) json["owner"] = to_string(*resource.owner);
  if (resource.deleting) json["deleting"] = true;
  if (status.changed != Time{}) json["changed"] = to_rfc3339(status.changed);
  return json;
}

Json resource_json(const Snapshot& snapshot, const Resource& resource,
                   const std::vector<Event>& events) {
  auto json = summary_json(snapshot, resource);
  json["revision"] = snapshot.revision;
  json["spec"] = shown_spec(resource.spec);
  mask_arguments(*snapshot.graph, resource, json["spec"]);
  json["labels"] = resource.labels;
  json["status"] = to_json(snapshot.status(resource.key));
  if (resource.key.kind == Kind::package) {
    json["status"]["conditions"] = conditions_of_parts(snapshot, resource);
  }
  json["needs"] = Json::array();
  for (const auto& key : resource.needs) json["needs"].push_back(need_json(snapshot, key));
  json["owned"] = Json::array();
  for (const auto& part : snapshot.graph->owned_by(resource.key)) {
    json["owned"].push_back(summary_json(snapshot, *part));
  }
  json["events"] = Json::array();
  for (const auto& event : events) json["events"].push_back(to_json(event));
  return json;
}

Json shown_spec(const Spec& spec) {
  auto json = to_json(spec, Secrets::mask);
  if (const auto* package = std::get_if<PackageSpec>(&spec)) {
    json["responses"] = answers_json(package->responses, definition_of(*package), false);
  }
  return json;
}

}  // namespace town::api

#include "engine/engine.h"
#include "engine/report.h"

namespace town {
namespace {

/// How loud each word is: the loudest of all that a resource owns is its own.
int loudness(Outcome::Word word) { return static_cast<int>(word); }

Outcome outcome_of(const Snapshot& snapshot, const Resource& resource) {
  Outcome result;
  result.culprit = resource.key;
  const auto status = snapshot.status(resource.key);
  const auto* condition = headline(status);
  const bool current = status.observed_generation == resource.generation;
  if (current && status.find(ConditionType::stalled)) {
    result.word = Outcome::Word::stalled;
  } else if (current && status.find(ConditionType::degraded)) {
    result.word = Outcome::Word::degraded;
  } else if (snapshot.ready(resource.key)) {
    result.word = Outcome::Word::ready;
    condition = status.find(ConditionType::ready);
  } else {
    result.word = Outcome::Word::progressing;
  }
  if (condition && current) {
    result.reason = condition->reason;
    result.message = condition->message;
  }
  return result;
}

/// Kinds that are kept and shown, and that no controller makes real yet.
bool has_no_controller(Kind kind) { return kind == Kind::page || kind == Kind::vm_image; }

Outcome kept_only(const Key& key) {
  Outcome result;
  result.culprit = key;
  result.word = Outcome::Word::progressing;
  result.reason = "NoController";
  result.message = key.kind == Kind::page
                       ? "it is kept, but this version has no part that publishes pages yet"
                       : "it is kept, but this version has no part that downloads disk images yet";
  return result;
}

/// Nobody's loop looks at these: they are true as soon as they are written down.
bool has_no_loop(Kind kind) {
  return kind == Kind::package || kind == Kind::setting || kind == Kind::answers;
}

/// Why an app that is as it was asked to be runs, or does not: the word for it, and its service's.
void tell_of_app(const Snapshot& snapshot, const Resource& app, Outcome& result) {
  const auto* spec = std::get_if<PackageSpec>(&app.spec);
  if (spec == nullptr || result.word != Outcome::Word::ready) return;
  if (!spec->enabled) {
    result.reason = "Disabled";
    result.message = "disabled: it keeps its data, and is not started until it is enabled";
    return;
  }
  const auto status = snapshot.status({Kind::unit, app.key.name});
  if (const auto* ready = status.find(ConditionType::ready)) {
    result.reason = ready->reason;
    result.message = ready->message;
  }
}

}  // namespace

Outcome outcome(const Snapshot& snapshot, const Key& declared) {
  Outcome result;
  result.culprit = declared;
  const auto resource = snapshot.graph->find(declared);
  auto owned = snapshot.graph->owned_by(declared);
  if (!resource && owned.empty()) {
    result.word = Outcome::Word::gone;
    return result;
  }
  if (resource && has_no_controller(declared.kind)) return kept_only(declared);
  result.word = Outcome::Word::ready;
  if (resource && !has_no_loop(declared.kind)) owned.push_back(resource);
  for (const auto& part : owned) {
    auto candidate = outcome_of(snapshot, *part);
    if (part->deleting && candidate.word == Outcome::Word::ready) {
      candidate.word = Outcome::Word::progressing;
      candidate.reason = "Removing";
      candidate.message = "being removed";
    }
    if (loudness(candidate.word) > loudness(result.word)) result = std::move(candidate);
  }
  if (resource) tell_of_app(snapshot, *resource, result);
  return result;
}

}  // namespace town

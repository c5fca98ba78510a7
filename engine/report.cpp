#include "engine/report.h"

#include <algorithm>

namespace town {
namespace {

void set(Status& status, ConditionType type, const std::string& reason,
         const std::string& message) {
  const auto at = std::lower_bound(
      status.conditions.begin(), status.conditions.end(), type,
      [](const Condition& condition, ConditionType wanted) { return condition.type < wanted; });
  if (at != status.conditions.end() && at->type == type) {
    at->reason = reason;
    at->message = message;
  } else {
    status.conditions.insert(at, {type, reason, message, {}});  // the store fills in `since`
  }
}

void unset(Status& status, ConditionType type) {
  std::erase_if(status.conditions,
                [type](const Condition& condition) { return condition.type == type; });
}

/// A sentence that goes on.
std::string unended(std::string sentence) {
  if (sentence.ends_with('.')) sentence.pop_back();
  return sentence;
}

std::string seconds(std::chrono::milliseconds delay) {
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(delay).count();
  return std::to_string(std::max<std::int64_t>(whole, 1)) + " s";
}

}  // namespace

const Condition* headline(const Status& status) {
  for (const auto type :
       {ConditionType::stalled, ConditionType::degraded, ConditionType::progressing}) {
    if (const auto* found = status.find(type)) return found;
  }
  return nullptr;
}

Status* Report::status_of(const Key& key) {
  const auto found = statuses_.find(key);
  if (found != statuses_.end()) return &found->second;
  const auto resource = snapshot_.graph->find(key);
  if (!resource) return nullptr;  // an orphan on the machine has no status
  auto status = snapshot_.status(key);
  // What was said of an earlier wish says nothing of this one.
  if (status.observed_generation != resource->generation) status.conditions.clear();
  status.observed_generation = resource->generation;
  return &statuses_.emplace(key, std::move(status)).first->second;
}

void Report::condition(const Key& key, ConditionType type, const std::string& reason,
                       const std::string& message) {
  if (auto* status = status_of(key)) set(*status, type, reason, message);
}

/// Whether the store holds just this already: then there is nothing to copy, and nothing to say.
bool Report::known(const Sighting& sighting) const {
  if (!sighting.ready || sighting.degraded || sighting.finalized) return false;
  if (statuses_.contains(sighting.key)) return false;
  const auto* stored = snapshot_.statuses->find(sighting.key);
  const auto resource = snapshot_.graph->find(sighting.key);
  if (!stored || !resource) return false;
  const Status& status = **stored;
  if (status.observed_generation != resource->generation || status.conditions.size() != 1) {
    return false;
  }
  const Condition& condition = status.conditions.front();
  if (condition.type != ConditionType::ready || condition.reason != sighting.reason ||
      condition.message != sighting.message) {
    return false;
  }
  return std::all_of(sighting.facts.begin(), sighting.facts.end(), [&](const auto& fact) {
    const auto found = status.facts.find(fact.first);
    return found != status.facts.end() && found->second == fact.second;
  });
}

void Report::see(const Sighting& sighting) {
  if (known(sighting)) return;
  auto* status = status_of(sighting.key);
  if (!status) return;
  for (const auto& [name, value] : sighting.facts) status->facts[name] = value;
  if (sighting.finalized && snapshot_.graph->dependants(sighting.key).empty()) {
    finalized_.push_back(sighting.key);
    return;
  }
  if (sighting.ready) {
    status->conditions.clear();
    set(*status, ConditionType::ready, sighting.reason, sighting.message);
    if (sighting.degraded) {
      set(*status, ConditionType::degraded, sighting.reason, sighting.message);
    }
    return;
  }
  unset(*status, ConditionType::ready);
  if (sighting.degraded) {
    unset(*status, ConditionType::progressing);
    set(*status, ConditionType::degraded, sighting.reason, sighting.message);
  } else if (!status->find(ConditionType::degraded) && !status->find(ConditionType::stalled)) {
    set(*status, ConditionType::progressing, sighting.reason, sighting.message);
  }
}

void Report::tell(Event event) { events_.push_back(std::move(event)); }

void Report::wait(const Key& key, const std::string& why) {
  if (auto* status = status_of(key)) unset(*status, ConditionType::degraded);
  condition(key, ConditionType::progressing, "Waiting", why);
}

void Report::begin(const Change& change) {
  // What takes long was told as it was seen ("downloading …"); the change says what will be done.
  const auto* status = change.slow ? status_of(change.key) : nullptr;
  if (status && status->find(ConditionType::progressing)) return;
  condition(change.key, ConditionType::progressing, change.reason, change.message);
}

void Report::progress(const Change& change, const std::string& message) {
  condition(change.key, ConditionType::progressing, change.reason, message);
}

void Report::done(const Change& change) {
  if (auto* status = status_of(change.key)) {
    unset(*status, ConditionType::degraded);
    unset(*status, ConditionType::stalled);
    if (change.finalizes) finalized_.push_back(change.key);
    for (const auto& [name, value] : change.facts) status->facts[name] = value;
  }
  if (change.message.empty()) return;
  tell(change.key, change.repair, change.reason, change.message);
}

void Report::missed(const Change& change, const std::string& reason, const std::string& message) {
  if (auto* status = status_of(change.key)) {
    for (const auto& [name, value] : change.facts) status->facts[name] = value;
    auto& kept = status->facts[change.once];
    kept += (kept.empty() ? "" : "; ") + unended(message);
  }
  tell(change.key, true, reason, message);
}

void Report::tell(const Key& key, bool warning, const std::string& reason,
                  const std::string& message) {
  Event event;
  event.key = key;
  event.warning = warning;
  event.reason = reason;
  event.message = message;
  events_.push_back(std::move(event));
}

void Report::fail(const Change& change, Code code, const std::string& reason,
                  const std::string& message, std::chrono::milliseconds again) {
  const bool hopeless = code == Code::invalid || code == Code::denied;
  if (auto* status = status_of(change.key)) {
    unset(*status, ConditionType::progressing);
    set(*status, hopeless ? ConditionType::stalled : ConditionType::degraded, reason,
        hopeless ? message : unended(message) + "; trying again in " + seconds(again));
  }
  tell(change.key, true, reason, message);
}

void Report::send(Store& store) {
  std::vector<StatusUpdate> updates;
  updates.reserve(statuses_.size());
  for (auto& [key, status] : statuses_) updates.push_back({key, std::move(status)});
  if (updates.empty() && events_.empty() && finalized_.empty()) return;
  store.report(updates, events_, finalized_, controller_);
  statuses_.clear();
  events_.clear();
  finalized_.clear();
}

}  // namespace town

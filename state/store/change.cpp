#include "state/store/change.h"

#include <algorithm>
#include <iterator>

namespace town::store {
namespace {

bool same_condition(const Condition& a, const Condition& b) {
  return a.type == b.type && a.reason == b.reason && a.message == b.message;
}

bool same_seen(const Status& a, const Status& b) {
  return a.observed_generation == b.observed_generation && a.facts == b.facts &&
         std::equal(a.conditions.begin(), a.conditions.end(), b.conditions.begin(),
                    b.conditions.end(), same_condition);
}

/// In order, and each with the time at which it began to hold.
void settle_conditions(Status& status, const Status* old, Time now) {
  std::stable_sort(status.conditions.begin(), status.conditions.end(),
                   [](const Condition& a, const Condition& b) { return a.type < b.type; });
  for (auto& condition : status.conditions) {
    const auto* held = old != nullptr ? old->find(condition.type) : nullptr;
    if (held != nullptr) {
      condition.since = held->since;
    } else if (condition.since == Time{}) {
      condition.since = now;
    }
  }
}

std::vector<std::string> common(const std::vector<std::string>& a,
                                const std::vector<std::string>& b) {
  std::vector<std::string> both;
  std::copy_if(a.begin(), a.end(), std::back_inserter(both),
               [&](const auto& name) { return std::find(b.begin(), b.end(), name) != b.end(); });
  return both;
}

}  // namespace

Change::Change(Snapshot& head, EventBook& events, Batch& batch, Time now)
    : head_(head), events_(events), batch_(batch), now_(now) {}

Graph& Change::graph() {
  if (!graph_) graph_ = std::make_shared<Graph>(*head_.graph);
  return *graph_;
}

Statuses& Change::statuses() {
  if (!statuses_) statuses_ = std::make_shared<Statuses>(*head_.statuses);
  return *statuses_;
}

StatusPtr Change::status_now(const Key& key) const {
  const auto* found = (statuses_ ? *statuses_ : *head_.statuses).find(key);
  return found != nullptr ? *found : nullptr;
}

void Change::note(Key key, Notice::What what) {
  any_ = true;
  notices_.push_back({0, std::move(key), what});
}

void Change::put(Resource resource) {
  const auto old = graph_now().find(resource.key);
  if (resource.deleting) {
    if (!old) return;
    resource.finalizers = common(resource.finalizers, old->finalizers);
    if (resource.finalizers.empty()) return erase(resource.key);
  }
  put_resource(batch_, old.get(), resource);
  if (!old) events_.came(resource.key);
  note(resource.key, Notice::What::graph);
  graph().put(std::move(resource));
}

void Change::erase(const Key& key) {
  const auto old = graph_now().find(key);
  if (!old) return;
  erase_resource(batch_, *old);
  graph().erase(key);
  if (status_now(key)) {
    statuses().erase(key);
    erase_status(batch_, key);
  }
  events_.left(key, batch_);
  note(key, Notice::What::graph);
  erased_any_ = true;
}

void Change::finalize(const Key& key, const std::string& finalizer) {
  const auto old = graph_now().find(key);
  if (!old || !old->deleting) return;
  auto resource = *old;
  if (std::erase(resource.finalizers, finalizer) == 0) return;
  if (resource.finalizers.empty()) return erase(old->key);
  put_resource(batch_, old.get(), resource);
  note(resource.key, Notice::What::graph);
  graph().put(std::move(resource));
}

void Change::set(const StatusUpdate& update) {
  const auto old = status_now(update.key);
  if (!update.status) {
    if (!old) return;
    statuses().erase(update.key);
    erase_status(batch_, update.key);
    return note(update.key, Notice::What::status);
  }
  if (!graph_now().find(update.key)) return;
  auto status = *update.status;
  settle_conditions(status, old.get(), now_);
  if (old && same_seen(*old, status)) return;
  status.changed = now_;
  put_status(batch_, update.key, status);
  statuses().put(update.key, std::make_shared<const Status>(std::move(status)));
  note(update.key, Notice::What::status);
}

void Change::add(Event event) {
  if (event.first == Time{}) event.first = now_;
  if (event.last == Time{}) event.last = now_;
  const bool gone = !graph_now().find(event.key);
  note(event.key, Notice::What::event);
  events_.add(std::move(event), gone, batch_);
}

void Change::finish(std::vector<Notice>& notices) {
  const Revision revision = ++head_.revision;
  put_meta(batch_, kRevisionRow, revision);
  if (graph_) head_.graph = std::move(graph_);
  if (statuses_) head_.statuses = std::move(statuses_);
  for (auto& notice : notices_) notice.revision = revision;
  notices.insert(notices.end(), std::make_move_iterator(notices_.begin()),
                 std::make_move_iterator(notices_.end()));
}

}  // namespace town::store

// Views made by hand, for tests of plans.
#pragma once

#include <memory>

#include "engine/plan.h"
#include "state/spec.h"

namespace town::test {

/// A graph and its statuses, built a resource at a time; `view()` makes every key due.
class World {
 public:
  Resource& add(const Key& key, Spec spec) {
    Resource resource;
    resource.key = key;
    resource.digest = digest(spec);
    resource.spec = std::move(spec);
    return resources_.insert_or_assign(key, std::move(resource)).first->second;
  }

  Resource& at(const Key& key) { return resources_.at(key); }
  void drop(const Key& key) { resources_.erase(key); }

  /// Its loop has seen it well at its current generation.
  void ready(const Key& key, std::map<std::string, std::string> facts = {}) {
    Status status;
    status.observed_generation = resources_.at(key).generation;
    status.conditions = {{ConditionType::ready, "InPlace", "is there", {}}};
    status.facts = std::move(facts);
    statuses_.put(key, std::make_shared<const Status>(std::move(status)));
  }

  void degraded(const Key& key, const std::string& reason,
                const std::map<std::string, std::string>& facts) {
    auto status = **statuses_.find(key);
    status.conditions = {{ConditionType::degraded, reason, "", {}}};
    for (const auto& [name, value] : facts) status.facts[name] = value;
    statuses_.put(key, std::make_shared<const Status>(std::move(status)));
  }

  /// Its loop has seen that it is not well any more; what it knew of it stays.
  void unready(const Key& key) {
    auto status = **statuses_.find(key);
    status.conditions = {{ConditionType::progressing, "Stopping", "is stopping", {}}};
    statuses_.put(key, std::make_shared<const Status>(std::move(status)));
  }

  [[nodiscard]] View view(bool resync = false) const {
    Graph graph;
    View view;
    for (const auto& [key, resource] : resources_) {
      graph.put(resource);
      view.due.push_back(key);
    }
    view.snapshot.graph = std::make_shared<const Graph>(std::move(graph));
    view.snapshot.statuses = std::make_shared<const SnapshotMap<Key, StatusPtr>>(statuses_);
    view.resync = resync;
    return view;
  }

 private:
  std::map<Key, Resource> resources_;
  SnapshotMap<Key, StatusPtr> statuses_;
};

}  // namespace town::test

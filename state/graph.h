// All resources at one revision, and the difference of two. Copies are cheap; a Graph that is
// shared is const and may be read by any thread.
#pragma once

#include <memory>
#include <vector>

#include "state/intent.h"
#include "state/resource.h"
#include "state/snapshot_map.h"

namespace town {

class Graph {
 public:
  /// The resource at `key`, or null.
  [[nodiscard]] ResourcePtr find(const Key& key) const;

  /// The spec at `key` if it is there and of that type, deleting or not; else null.
  template <typename S>
  [[nodiscard]] const S* spec(const Key& key) const {
    const auto* found = resources_.find(key);
    return found ? std::get_if<S>(&(*found)->spec) : nullptr;
  }

  /// All of one kind, by name.
  [[nodiscard]] std::vector<ResourcePtr> of(Kind kind) const;

  /// All that `owner` owns, by key.
  [[nodiscard]] std::vector<ResourcePtr> owned_by(const Key& owner) const;

  /// Keys of all resources, deleting ones too, that need `key`.
  [[nodiscard]] std::vector<Key> dependants(const Key& key) const;

  void put(Resource resource);
  void erase(const Key& key);

  template <typename F>
  void each(F&& visit) const {
    resources_.each([&](const Key&, const ResourcePtr& resource) { visit(resource); });
  }

  [[nodiscard]] std::size_t size() const { return resources_.size(); }

 private:
  SnapshotMap<Key, ResourcePtr> resources_;
};

/// What turns one graph into another.
struct GraphDelta {
  std::vector<Resource> put;  ///< new or changed, by key
  std::vector<Key> erased;

  [[nodiscard]] bool empty() const { return put.empty() && erased.empty(); }
};

/// The step from what is in the store to what the compiler wants. Generations rise where a spec
/// changed; what is no longer wanted is marked deleting if it has finalizers, else erased; `purge`
/// names those that a person asked to destroy. A resource that is deleting and wanted again comes
/// back to life. Equal graphs give an empty delta.
GraphDelta diff(const Graph& stored, const Graph& wanted, const std::vector<Key>& purge);

Graph apply(Graph graph, const GraphDelta& delta);

}  // namespace town

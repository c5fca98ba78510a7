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
  Graph() = default;

  /// All at once, several times faster than one by one. Each key once, in any order; throws
  /// Error{internal, DuplicateKey} otherwise.
  explicit Graph(std::vector<ResourcePtr> resources);

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

  /// All that `owner` owns, deleting ones too, by key. Costs what it returns.
  [[nodiscard]] std::vector<ResourcePtr> owned_by(const Key& owner) const;

  /// Keys of all resources, deleting ones too, that need `key`, sorted. Costs what it returns.
  [[nodiscard]] std::vector<Key> dependants(const Key& key) const;

  /// Adds the resource or takes the place of the one at its key. Nothing is checked: that is the
  /// compiler's part.
  void put(Resource resource);
  void put(ResourcePtr resource);
  void erase(const Key& key);

  /// Calls `visit(const ResourcePtr&)` for each resource, by key.
  template <typename F>
  void each(F&& visit) const {
    resources_.each([&](const Key&, const ResourcePtr& resource) { visit(resource); });
  }

  [[nodiscard]] std::size_t size() const { return resources_.size(); }

 private:
  /// A step from `from` to what it needs or what owns it. Filed by a hash of the latter, which is
  /// half as long as its name; whoever reads checks with the resource.
  struct Link {
    std::size_t to_hash = 0;
    Key from;

    auto operator<=>(const Link&) const = default;
  };
  struct Nothing {};

  template <typename F>
  void each_linked_to(const Key& to, F&& visit) const;

  SnapshotMap<Key, ResourcePtr> resources_;
  SnapshotMap<Link, Nothing> links_;
};

/// What turns one graph into another.
struct GraphDelta {
  std::vector<Resource> put;  ///< new or changed, by key
  std::vector<Key> erased;

  [[nodiscard]] bool empty() const { return put.empty() && erased.empty(); }
};

/// The step from what is in the store to what the compiler wants. `wanted` holds nothing that is
/// deleting, and its generations do not matter. A generation rises where the spec changed; needs,
/// owner, finalizers and labels change without. What is no longer wanted is marked deleting if it
/// has finalizers, else erased; `purge` names those that a person asked to destroy, and once set on
/// a deleting resource it stays. A resource that is deleting and wanted again comes back to life at
/// its next generation. Equal graphs give an empty delta.
GraphDelta diff(const Graph& stored, const Graph& wanted, const std::vector<Key>& purge);

/// `graph` with the delta done to it.
Graph apply(Graph graph, const GraphDelta& delta);

}  // namespace town

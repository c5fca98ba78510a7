#include <algorithm>
#include <set>

#include "state/graph.h"

namespace town {
namespace {

using Purge = std::set<Key>;

/// Everything but the spec that a compiler decides.
bool same_ties(const Resource& a, const Resource& b) {
  return a.needs == b.needs && a.owner == b.owner && a.finalizers == b.finalizers &&
         a.labels == b.labels;
}

std::string digest_of(const Resource& resource) {
  return resource.digest.empty() ? digest(resource.spec) : resource.digest;
}

void add_new(const Resource& wanted, GraphDelta& delta) {
  auto resource = wanted;
  resource.generation = 1;
  resource.digest = digest_of(wanted);
  delta.put.push_back(std::move(resource));
}

void change(const Resource& stored, const Resource& wanted, GraphDelta& delta) {
  auto wanted_digest = digest_of(wanted);
  const bool same_spec = digest_of(stored) == wanted_digest;
  if (same_spec && !stored.deleting && same_ties(stored, wanted)) return;
  auto resource = wanted;
  resource.digest = std::move(wanted_digest);
  resource.generation = stored.generation + (same_spec && !stored.deleting ? 0 : 1);
  resource.deleting = false;
  resource.purge = false;
  delta.put.push_back(std::move(resource));
}

void remove(const Resource& stored, const Purge& purge, GraphDelta& delta) {
  if (stored.finalizers.empty()) {
    delta.erased.push_back(stored.key);
    return;
  }
  auto resource = stored;
  resource.deleting = true;
  resource.purge = (stored.deleting && stored.purge) || purge.contains(stored.key);
  if (resource.deleting != stored.deleting || resource.purge != stored.purge) {
    delta.put.push_back(std::move(resource));
  }
}

std::vector<ResourcePtr> all_of(const Graph& graph) {
  std::vector<ResourcePtr> all;
  all.reserve(graph.size());
  graph.each([&](const ResourcePtr& resource) { all.push_back(resource); });
  return all;
}

}  // namespace

GraphDelta diff(const Graph& stored, const Graph& wanted, const std::vector<Key>& purge) {
  const Purge purged(purge.begin(), purge.end());
  const auto before = all_of(stored);
  const auto after = all_of(wanted);
  GraphDelta delta;
  // Both come by key, so one walk along the two meets every pair.
  auto old = before.begin();
  auto now = after.begin();
  while (old != before.end() || now != after.end()) {
    if (now == after.end() || (old != before.end() && (*old)->key < (*now)->key)) {
      remove(**old++, purged, delta);
    } else if (old == before.end() || (*now)->key < (*old)->key) {
      add_new(**now++, delta);
    } else {
      change(**old++, **now++, delta);
    }
  }
  return delta;
}

Graph apply(Graph graph, const GraphDelta& delta) {
  for (const auto& resource : delta.put) graph.put(resource);
  for (const auto& key : delta.erased) graph.erase(key);
  return graph;
}

}  // namespace town

#include "state/graph.h"

#include <algorithm>

#include "state/error.h"

namespace town {
namespace {

bool needs(const Resource& resource, const Key& key) {
  return std::binary_search(resource.needs.begin(), resource.needs.end(), key);
}

std::size_t hash_of(const Key& key) { return std::hash<Key>{}(key); }

bool same_links(const Resource& a, const Resource& b) {
  return a.needs == b.needs && a.owner == b.owner;
}

/// Calls `visit` with the key of each resource that this one is linked to.
template <typename F>
void each_link(const Resource& resource, F&& visit) {
  for (const auto& key : resource.needs) visit(key);
  if (resource.owner) visit(*resource.owner);
}

}  // namespace

Graph::Graph(std::vector<ResourcePtr> resources) {
  std::vector<std::pair<Key, ResourcePtr>> entries;
  std::vector<std::pair<Link, Nothing>> links;
  entries.reserve(resources.size());
  for (auto& resource : resources) {
    each_link(*resource, [&](const Key& to) {
      links.push_back({Link{hash_of(to), resource->key}, {}});
    });
    auto key = resource->key;
    entries.emplace_back(std::move(key), std::move(resource));
  }
  const auto by_key = [](const auto& a, const auto& b) { return a.first < b.first; };
  const auto same_key = [](const auto& a, const auto& b) { return a.first == b.first; };
  std::sort(entries.begin(), entries.end(), by_key);
  const auto twice = std::adjacent_find(entries.begin(), entries.end(), same_key);
  if (twice != entries.end()) {
    throw Error(Code::internal, "DuplicateKey", to_string(twice->first) + " is in a graph twice");
  }
  std::sort(links.begin(), links.end(), by_key);
  // A resource may need what owns it.
  links.erase(std::unique(links.begin(), links.end(), same_key), links.end());
  resources_ = SnapshotMap(std::move(entries));
  links_ = SnapshotMap(std::move(links));
}

ResourcePtr Graph::find(const Key& key) const {
  const auto* found = resources_.find(key);
  return found != nullptr ? *found : nullptr;
}

std::vector<ResourcePtr> Graph::of(Kind kind) const {
  std::vector<ResourcePtr> found;
  resources_.scan(Key{kind, ""}, [&](const Key& key, const ResourcePtr& resource) {
    if (key.kind != kind) return false;
    found.push_back(resource);
    return true;
  });
  return found;
}

template <typename F>
void Graph::each_linked_to(const Key& to, F&& visit) const {
  const auto hash = hash_of(to);
  links_.scan(Link{hash, Key{}}, [&](const Link& link, Nothing) {
    if (link.to_hash != hash) return false;
    visit(find(link.from));
    return true;
  });
}

std::vector<ResourcePtr> Graph::owned_by(const Key& owner) const {
  std::vector<ResourcePtr> found;
  each_linked_to(owner, [&](ResourcePtr resource) {
    if (resource->owner == owner) found.push_back(std::move(resource));
  });
  return found;
}

std::vector<Key> Graph::dependants(const Key& key) const {
  std::vector<Key> found;
  each_linked_to(key, [&](const ResourcePtr& resource) {
    if (needs(*resource, key)) found.push_back(resource->key);
  });
  return found;
}

void Graph::put(Resource resource) { put(std::make_shared<const Resource>(std::move(resource))); }

void Graph::put(ResourcePtr resource) {
  const auto old = find(resource->key);
  if (!old || !same_links(*old, *resource)) {
    if (old) {
      each_link(*old, [&](const Key& to) { links_.erase(Link{hash_of(to), old->key}); });
    }
    each_link(*resource, [&](const Key& to) {
      links_.put(Link{hash_of(to), resource->key}, Nothing{});
    });
  }
  auto key = resource->key;
  resources_.put(std::move(key), std::move(resource));
}

void Graph::erase(const Key& key) {
  const auto old = find(key);
  if (!old) return;
  each_link(*old, [&](const Key& to) { links_.erase(Link{hash_of(to), key}); });
  resources_.erase(key);
}

}  // namespace town

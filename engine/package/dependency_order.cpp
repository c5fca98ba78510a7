#include <algorithm>
#include <set>

#include "engine/package/definition.h"
#include "engine/package/substitute.h"
#include "engine/package/text.h"

namespace town::package {
namespace {

/// Key of each dependency by its lower-case form, as markers have it.
using Keys = std::map<std::string, std::string, std::less<>>;
using Edges = std::map<std::string, std::set<std::string>>;

/// The dependency whose value `dep_<key>_host` or `dep_<key>_port_<name>` is. Keys may hold "_", so
/// the longest one that fits is meant.
const std::string* dependency_of_marker(std::string_view marker, const Keys& keys) {
  if (!marker.starts_with("dep_")) return nullptr;
  marker.remove_prefix(4);
  const std::string* found = nullptr;
  for (auto end = marker.find('_'); end != std::string_view::npos;
       end = marker.find('_', end + 1)) {
    const auto rest = marker.substr(end);
    const auto key = keys.find(marker.substr(0, end));
    if (key != keys.end() && (rest == "_host" || rest.starts_with("_port_"))) found = &key->second;
  }
  return found;
}

/// The siblings that must be there before each dependency (10.2).
Edges edges_of(const std::map<std::string, DependencyDeclaration>& dependencies) {
  Keys keys;
  for (const auto& entry : dependencies) keys.emplace(to_lower(entry.first), entry.first);
  Edges edges;
  for (const auto& [key, dependency] : dependencies) {
    auto& needs = edges[key];
    const auto take = [&](std::string_view text) {
      for_each_marker(text, [&](std::string_view name) {
        if (const auto* other = dependency_of_marker(name, keys)) needs.insert(*other);
      });
    };
    for (const auto& response : dependency.responses) take(response.second);
    for (const auto& command : dependency.post_install) take(command);
    for (const auto& consume : dependency.consume)
      if (dependencies.contains(consume.from)) needs.insert(consume.from);
    needs.erase(key);
  }
  return edges;
}

}  // namespace

DependencyOrder order_dependencies(
    const std::map<std::string, DependencyDeclaration>& dependencies) {
  const Edges edges = edges_of(dependencies);
  std::map<std::string, std::size_t> waits;
  std::map<std::string, std::vector<std::string>> needed_by;
  std::set<std::string> ready;
  for (const auto& [key, needs] : edges) {
    waits[key] = needs.size();
    if (needs.empty()) ready.insert(key);
    for (const auto& need : needs) needed_by[need].push_back(key);
  }
  DependencyOrder result;
  while (!ready.empty()) {
    const std::string key = *ready.begin();
    ready.erase(ready.begin());
    result.order.push_back(key);
    for (const auto& user : needed_by[key])
      if (--waits[user] == 0) ready.insert(user);
  }
  for (const auto& [key, left] : waits)
    if (left > 0) result.cyclic.push_back(key);
  return result;
}

}  // namespace town::package

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

/// The dependency whose value the marker is. Keys may hold "_", so the longest one that fits is
/// meant.
const std::string* dependency_of_marker(std::string_view marker, const Keys& keys) {
  const std::string* found = nullptr;
  is_dependency_marker(marker, [&](const std::string& key) {
    if (const auto known = keys.find(key); known != keys.end()) found = &known->second;
    return false;
  });
  return found;
}

/// The siblings that must be there before each dependency (10.2).
Edges edges_of(const std::map<std::string, DependencyDeclaration>& dependencies,
               const std::function<bool(std::string_view)>& is_variable) {
  Keys keys;
  for (const auto& entry : dependencies) keys.emplace(to_lower(entry.first), entry.first);
  const auto known = [&](std::string_view name) {
    return dependency_of_marker(name, keys) != nullptr || is_variable(name);
  };
  Edges edges;
  for (const auto& [key, dependency] : dependencies) {
    auto& needs = edges[key];
    const auto take = [&](std::string_view text) {
      for_each_used_marker(text, known, [&](std::string_view name) {
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

/// Takes out those that wait for a circle but are not needed by it: they are not at fault.
void drop_bystanders(const Edges& edges, std::vector<std::string>& waiting) {
  std::map<std::string, std::size_t> users;
  for (const auto& key : waiting)
    for (const auto& need : edges.at(key)) ++users[need];
  std::vector<std::string> idle;
  for (const auto& key : waiting)
    if (!users.contains(key)) idle.push_back(key);
  std::set<std::string> dropped;
  while (!idle.empty()) {
    const std::string key = std::move(idle.back());
    idle.pop_back();
    for (const auto& need : edges.at(key))
      if (--users[need] == 0) idle.push_back(need);
    dropped.insert(key);
  }
  std::erase_if(waiting, [&](const std::string& key) { return dropped.contains(key); });
}

}  // namespace

DependencyOrder order_dependencies(const Definition& definition) {
  const Edges edges = edges_of(definition.dependencies, [&](std::string_view name) {
    return is_built_in(name) || definition.questions.contains(std::string(name));
  });
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
  drop_bystanders(edges, result.cyclic);
  return result;
}

}  // namespace town::package

#include "engine/repositories/declared.h"

#include <algorithm>
#include <tuple>

#include "engine/repositories/clones.h"

namespace town {

std::vector<DeclaredRepository> declared_repositories(const Graph& graph) {
  std::vector<DeclaredRepository> all;
  for (const auto& resource : graph.of(Kind::repository)) {
    if (resource->deleting) continue;
    const auto& spec = std::get<RepositorySpec>(resource->spec);
    const auto& name = resource->key.name;
    all.push_back({Clones::id(name, spec.url), name, spec, resource->generation});
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return std::tie(a.spec.position, a.name) < std::tie(b.spec.position, b.name);
  });
  return all;
}

}  // namespace town

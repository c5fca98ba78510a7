// The repositories that a graph declares. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "state/graph.h"

namespace town {

struct DeclaredRepository {
  std::string id;  ///< of its clone
  std::string name;
  RepositorySpec spec;
  std::uint64_t generation = 0;
};

/// In stored order: later ones win (package format 1.4). Those being removed do not count.
std::vector<DeclaredRepository> declared_repositories(const Graph& graph);

}  // namespace town

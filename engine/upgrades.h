// What newer definitions mean for installed packages. Any thread.
#pragma once

#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/repositories/catalog.h"
#include "state/graph.h"

namespace town {

/// An installed package for which its repository has something newer (package format 12.4).
struct Upgrade {
  std::string repo;
  std::string name;     ///< effective name
  std::string package;  ///< name in the repository
  std::string installed_version;
  std::string latest_version;  ///< the installed one where only the file changed
  bool changed = false;        ///< the file of the installed version is another one now
  bool tracked = false;        ///< the package follows the latest by itself

  bool operator==(const Upgrade&) const = default;
};

/// By repository and name. A repository that is gone, or a file that has become unreadable, offers
/// no upgrade and takes nothing away.
std::vector<Upgrade> upgrades(const Graph& graph, const Catalog& catalog);

/// Submits one upgrade intent for each package that tracks the latest; those that are refused are
/// logged and stay as they are. Called when the catalog has changed.
void follow_latest(Engine& engine, const Graph& graph, const Catalog& catalog);

}  // namespace town

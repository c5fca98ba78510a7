// From a declared package to the resources that make it run. A pure function: same input, same
// graph. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/compiler/attach.h"
#include "engine/package/tree.h"
#include "state/error.h"
#include "state/graph.h"

namespace town {

/// What compiling needs to know besides the package itself.
struct CompileFacts {
  std::string tld = "home";         ///< setting dns_tld
  std::uint64_t default_quota = 0;  ///< bytes, setting default_quota
  std::string internal_host;        ///< empty where unknown
  std::string external_host;
  std::string hostname;  ///< for templates

  bool operator==(const CompileFacts&) const = default;
};

/// What is resolved against: the facts, for one package of this name.
package::ResolveContext resolve_context(const CompileFacts& facts, const std::string& repo,
                                        const std::string& name, const std::string& version);

struct Compiled {
  /// Image, Network, Port, Volume and Unit of the package and of all that it brings along, each
  /// owned by the package; generations are not set.
  std::vector<Resource> resources;
  Diagnostics faults;  ///< not empty: `resources` is not to be used
};

/// Compiles one package. Draws nothing by chance: everything was decided at admission. `find` tells
/// of other packages, for what this one attaches: what is not there is left out (package format
/// 3.11: at an install it is an error, later it is skipped).
Compiled compile_package(const Key& key, const PackageSpec& spec, const CompileFacts& facts,
                         const FindPackage& find = {});

/// Declared volumes, repositories and the like become resources as they stand.
Resource compile_declared(const Key& key, const Spec& spec);

}  // namespace town

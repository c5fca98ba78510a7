// One package file inside an installed package: the package itself, or one that it brings along.
// Pure; any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/package/tree.h"
#include "state/spec.h"

namespace town {

/// What was decided about one part at admission. Borrows from the spec.
struct Part {
  const std::string& repo;
  const std::string& version;
  const std::map<std::string, Secret>& responses;
  const std::map<std::string, std::string>& volume_ids;
  const std::map<std::string, std::string>& clone_of;
  const std::map<std::string, std::uint64_t>& quotas;
};

/// "db/cache": the name of a part within its package; empty for the package itself.
std::string part_name(const std::vector<std::string>& keys);

/// The part at these keys; nothing where there is none.
std::optional<Part> part_of(const PackageSpec& spec, const std::vector<std::string>& keys);

/// The part's volumes, below the data root. All parts lie below the repository of the package that
/// brings them along, so that keeping it is keeping them.
std::string volume_path(const PackageSpec& spec, const std::vector<std::string>& keys,
                        const std::string& version, const std::string& volume);

/// As plain texts.
std::map<std::string, std::string> reveal(const std::map<std::string, Secret>& secrets);

/// Where the parts of an installed package come from: its own copies.
package::PackageFinder recorded_parts(const PackageSpec& spec);

}  // namespace town

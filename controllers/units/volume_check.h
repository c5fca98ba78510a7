// What a unit asks of its volumes before every start: systemd starts a service again by itself, and
// must not put a container on a plain directory that took a volume's place. Pure.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "state/graph.h"
#include "state/spec.h"

namespace town::units {

struct VolumeCheck {
  std::filesystem::path program;  ///< town-volume-check; empty: nothing is asked
  std::filesystem::path root;     ///< the data root
};

/// Ids of the volumes, one for each mount. What is not in the graph has an id that no volume bears.
std::vector<std::string> volume_ids(const Graph& graph, const UnitSpec& spec);

/// The command that fails unless all of them are in their places; empty where nothing is mounted.
std::vector<std::string> check_command(const VolumeCheck& check, const UnitSpec& spec,
                                       const std::vector<std::string>& ids);

/// What the unit file's mark says of the check, so that a file with another one is written again.
std::string check_mark(const std::string& checker, const std::vector<std::string>& ids);

/// `checker` of check_mark(): the same for the same program and root.
std::string checker(const VolumeCheck& check);

}  // namespace town::units

// Reads as much of a unit file as the memory machine needs. A pure function; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "state/spec.h"

namespace town {

/// What `podman run …` was told.
struct MemoryContainer {
  std::string name;
  std::string image;
  std::map<std::string, std::string> annotations;
  std::vector<std::string> networks;  ///< empty is podman's default one
  std::vector<PublishedPort> ports;
  std::vector<std::string> sources;            ///< host paths of volumes
  std::vector<std::string> environment_files;  ///< of --env-file
  bool replace = false;
  bool remove = false;  ///< --rm
};

struct MemoryUnit {
  std::string description;
  std::string type = "simple";
  std::string restart = "no";
  std::vector<std::string> environment_files;  ///< those that must exist
  std::vector<std::string> check;              ///< words of ExecStartPre
  std::vector<std::string> command;            ///< words of ExecStart
};

/// Last assignment wins, as for systemd; unknown lines are passed over.
MemoryUnit read_unit(const std::string& unit, const std::string& text);

/// True where the command is a `podman run`.
bool runs_container(const MemoryUnit& unit);
MemoryContainer read_container(const std::vector<std::string>& command);

}  // namespace town

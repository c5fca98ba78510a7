// home.yaml: what a box should run, in one document. Reading it, checking it, writing it. Pure; any
// thread. The schema for editors is examples/home.schema.json.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "state/error.h"
#include "state/graph.h"
#include "state/secret.h"

namespace town::api {

struct HomeRepository {
  std::string name;
  std::string url;
  std::string username;
  Secret password;
  bool readable = true;  ///< false: at fault itself, so nothing more is to be said of it
};

struct HomePackage {
  std::string name;  ///< in its repository
  std::string repo;  ///< empty: by precedence
  std::string version = "latest";
  bool track_latest = true;  ///< where not given: if the version is "latest"
  std::map<std::string, std::string> responses;
  std::string instance;
  std::optional<bool> enabled;
  std::optional<bool> stopped;
  std::map<std::string, std::uint64_t> quotas;  ///< volume -> bytes, where not the package's own
  bool readable = true;                         ///< as above

  /// `name`, or `name-instance`.
  [[nodiscard]] std::string effective_name() const;
};

struct HomeVolume {
  std::string name;
  /// Bytes, 0 is unlimited ("none" in the document); nothing: as it is, or the default for new
  /// ones.
  std::optional<std::uint64_t> quota;
  bool readable = true;  ///< as above
};

struct Home {
  std::vector<HomeRepository> repositories;
  std::vector<HomePackage> packages;
  std::vector<HomeVolume> volumes;
  std::map<std::string, std::string> settings;
};

/// From JSON, or from YAML by way of read_home(): scalars may be texts. Throws
/// InvalidInput(InvalidHome) with every fault, unknown keys among them.
Home parse_home(const nlohmann::json& document);

/// The same with the faults added to `faults`: what can be read of the rest may have faults of
/// another sort. Items keep their places.
Home parse_home(const nlohmann::json& document, Diagnostics& faults);

/// A YAML document as JSON, all scalars as texts, and the line of each field ("packages[0].name").
struct HomeText {
  nlohmann::json document;
  std::map<std::string, int> lines;
};

/// Throws InvalidInput where it is no YAML.
HomeText read_home(std::string_view yaml_text);

/// The faults with the line that each field, or the nearest around it, stands at.
Diagnostics with_lines(Diagnostics faults, const std::map<std::string, int>& lines);

/// What is declared, as a document that makes the same graph on an empty box. Holds passwords and
/// secret answers. Kept data of uninstalled packages is no part of it: a document cannot carry it.
nlohmann::json export_home(const Graph& graph);

}  // namespace town::api

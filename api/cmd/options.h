// The command line of townd. Values.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "state/secret.h"

namespace town {

struct DaemonOptions {
  std::filesystem::path data;  ///< the root of the box's data, a btrfs mount unless simulated
  std::string address = "0.0.0.0";
  std::uint16_t port = 5309;
  bool simulate = false;            ///< a machine in memory: nothing outside `data` is touched
  std::filesystem::path dashboard;  ///< its files; empty: none
  std::string log_level = "info";

  // From the environment, so that no secret stands on a command line.
  Secret signing_key;               ///< TOWN_OS_SIGNING_KEY: sessions outlive a restart
  std::string repository_username;  ///< TOWN_OS_REPO_USERNAME
  Secret repository_password;       ///< TOWN_OS_REPO_PASSWORD
  /// TOWN_OS_DEFAULT_REPOSITORY: what the first boot declares; empty: nothing.
  std::string default_repository;
};

/// The options; nothing where help or the version was asked for and printed. Throws
/// InvalidInput(WrongUsage).
std::optional<DaemonOptions> parse_options(int count, const char* const* arguments);

}  // namespace town

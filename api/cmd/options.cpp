#include "api/cmd/options.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>

#include "engine/package/size.h"
#include "state/error.h"

namespace town {
namespace {

constexpr const char* kDefaultRepository = "https://gitea.com/town-os/default-packages";

std::string environment(const char* name, const std::string& otherwise = {}) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread
  return value == nullptr ? otherwise : value;
}

void read_listen(const std::string& text, DaemonOptions& options) {
  const auto colon = text.rfind(':');
  const auto digits = colon == std::string::npos ? std::string() : text.substr(colon + 1);
  const auto port = package::parse_number(digits, 65535);
  auto address = text.substr(0, colon);
  if (address.starts_with('[') && address.ends_with(']')) {
    address = address.substr(1, address.size() - 2);
  }
  if (!port || digits.empty() || address.empty()) {
    throw InvalidInput("WrongUsage", {{"--listen", "must be ADDRESS:PORT, as in 0.0.0.0:5309"}});
  }
  options.address = address;
  options.port = static_cast<std::uint16_t>(*port);
}

void read_environment(DaemonOptions& options) {
  options.signing_key = Secret(environment("TOWN_OS_SIGNING_KEY"));
  options.repository_username = environment("TOWN_OS_REPO_USERNAME");
  options.repository_password = Secret(environment("TOWN_OS_REPO_PASSWORD"));
  // A simulated box has no business on the network unless it is told to.
  options.default_repository =
      environment("TOWN_OS_DEFAULT_REPOSITORY", options.simulate ? "" : kDefaultRepository);
  constexpr std::size_t kShortestKey = 32;
  const auto length = options.signing_key.reveal().size();
  if (length > 0 && length < kShortestKey) {
    throw InvalidInput("WrongUsage", {{"TOWN_OS_SIGNING_KEY", "must be at least 32 bytes long"}});
  }
}

/// An empty value is a slip, such as a variable of a script that is not set: `--data "$DATA"`.
void refuse_empty(CLI::App& app) {
  for (auto* option : app.get_options()) {
    if (option->get_items_expected_max() == 0) continue;
    option->check([](const std::string& value) {
      return value.empty() ? std::string("must not be empty") : std::string();
    });
  }
}

}  // namespace

std::optional<DaemonOptions> parse_options(int count, const char* const* arguments) {
  DaemonOptions options;
  std::string listen = "0.0.0.0:5309";
  CLI::App app("townd: the daemon of Town OS. It keeps a box as it was asked to be.", "townd");
  app.set_version_flag("--version", "townd " TOWN_VERSION);
  app.add_option("--data", options.data, "root of the box's data (a btrfs mount)")->required();
  app.add_option("--listen", listen, "address and port of the API; port 0 is any free one")
      ->capture_default_str();
  app.add_flag("--simulate", options.simulate, "run on a machine in memory, for trying things out");
  app.add_option("--ui", options.dashboard, "directory with the dashboard's files");
  app.add_option("--log-level", options.log_level, "trace, debug, info, warn, error or off")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error", "off"}))
      ->capture_default_str();
  app.footer(
      "Environment: TOWN_OS_SIGNING_KEY, TOWN_OS_REPO_USERNAME, TOWN_OS_REPO_PASSWORD,\n"
      "TOWN_OS_DEFAULT_REPOSITORY (declared on the first boot; empty: none).\n"
      "Exit codes: 0 stopped as asked, 1 could not run, 2 wrong usage.");
  refuse_empty(app);
  try {
    app.parse(count, arguments);
  } catch (const CLI::Success& asked) {
    app.exit(asked);
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    throw InvalidInput("WrongUsage", {{"", error.what()}});
  }
  read_listen(listen, options);
  read_environment(options);
  return options;
}

}  // namespace town

// What the handlers work with. Wired by townd's main, and by tests with functions of their own; all
// of it may be used from any thread.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>

#include "api/accounts.h"
#include "api/audit.h"
#include "api/sessions.h"
#include "engine/engine.h"
#include "engine/ports.h"
#include "engine/repositories/catalog.h"
#include "state/clock.h"
#include "state/store.h"

namespace town::api {

struct Services {
  Store& store;
  const Clock& clock;
  Accounts& accounts;
  Sessions& sessions;
  Audit& audit;
  Host& host;
  Units& units;
  Logs& logs;

  std::function<Accepted(const Intent&)> submit;
  std::function<Preview(const Intent&)> preview;
  std::function<std::shared_ptr<const Catalog>()> catalog;
  /// Clones a repository before it is declared (Repositories::prepare).
  std::function<void(const std::string& name, const RepositorySpec& spec)> prepare;
  /// Refreshes all repositories, or one, and waits; errors by name.
  std::function<std::map<std::string, std::string>(const std::string& name)> refresh;

  std::string boot_id;                 ///< new with each start of the process
  std::stop_token stopping;            ///< ends streams and waits
  std::chrono::seconds patience{600};  ///< how long a request waits for the loops
  /// townd's own directory, the live store in it: no place for anybody else's files.
  std::filesystem::path own{};
};

}  // namespace town::api

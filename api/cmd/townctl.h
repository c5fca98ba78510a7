// What the commands of townctl share. One process, one thread.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

#include "api/client.h"

namespace CLI {
class App;
}

namespace town::ctl {

/// Exit codes, as --help promises them.
enum ExitCode { kDone = 0, kRefused = 1, kWrongUsage = 2, kUnreachable = 3, kNotSettled = 4 };

/// Ends the command with a code and a sentence on stderr (none where it is empty).
class Exit : public std::runtime_error {
 public:
  Exit(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  [[nodiscard]] ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

/// Which box, as whom: from options, environment and the kept login, in this order.
struct Session {
  std::string server;
  Secret token;

  /// A client for it.
  [[nodiscard]] std::unique_ptr<api::Client> client() const;
};

/// What --server and --token said; each may be empty.
struct Globals {
  std::string server;
  std::string token;

  [[nodiscard]] Session session() const;
};

/// Keeps a login for the next commands, in a file that only this user can read.
void keep_login(const std::string& server, const std::string& token, const std::string& username);

/// The whole file, "-" is stdin. Throws Exit(kRefused).
std::string read_text(const std::string& path);

/// Follows a progress stream to its end: steps on the way, and an Exit where it ended badly.
void follow_progress(api::Client& client, const std::string& path, const nlohmann::json& body);

/// Runs `townctl package validate` or `compile` if that is what the program's words say, and gives
/// its exit code. They are looked at before all else: a package may be called like a command.
std::optional<ExitCode> run_local_package(std::span<char* const> arguments);

// Each adds its commands; `globals` must outlive `app`.
void add_login(CLI::App& app, Globals& globals);
void add_home(CLI::App& app, Globals& globals);
void add_resources(CLI::App& app, Globals& globals);
void add_packages(CLI::App& app, Globals& globals);
void add_local_packages(CLI::App& package);
void add_storage(CLI::App& app, Globals& globals);
void add_logs(CLI::App& app, Globals& globals);
void add_template(CLI::App& app);
void add_completion(CLI::App& app);

}  // namespace town::ctl

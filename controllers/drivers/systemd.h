// Units: their files, their state, their jobs. One object for the daemon; any thread may call it.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace town {

struct UnitState {
  std::string unit;  ///< "town-os-package--default-nginx-2.0.service"
  std::string description;
  std::string load_state;    ///< "loaded", "not-found", "bad-setting", "error"
  std::string active_state;  ///< "active", "activating", "inactive", "failed", …
  std::string sub_state;
  std::string result;      ///< of a service: "success", "exit-code", "timeout", …
  std::string invocation;  ///< hex id of this run; changes with every start
  std::uint32_t main_pid = 0;
  int exit_status = 0;
  bool need_reload = false;    ///< its file changed after systemd read it
  std::uint32_t restarts = 0;  ///< by systemd itself, since somebody started it last
};

class Systemd {
 public:
  virtual ~Systemd() = default;

  /// State of every loaded unit whose name matches "town-os-*.service". Starts no process.
  virtual std::vector<UnitState> states() = 0;

  /// Text of every unit file of ours, by unit name; "ours" is the directory that we write to and a
  /// first line that carries our mark.
  virtual std::map<std::string, std::string> files() = 0;

  /// Writes a unit file so that it is whole or not there. No reload.
  virtual void write_file(const std::string& unit, const std::string& text) = 0;
  virtual void remove_file(const std::string& unit) = 0;

  /// The environment of a unit: 0600, on tmpfs, by unit name.
  virtual std::map<std::string, std::string> environments() = 0;
  virtual void write_environment(const std::string& unit, const std::string& text) = 0;
  virtual void remove_environment(const std::string& unit) = 0;

  /// Reload of the manager: the dear one (performance: 35 to 110 ms).
  virtual void reload() = 0;

  /// Queues a job and waits for JobRemoved. Error{remote, JobFailed} with the unit's result and
  /// Error{unavailable, TimedOut}, after which the job is cancelled. Starting what runs, and
  /// stopping what is stopped or unknown, is fine. What is started is what the file says now.
  virtual void start(const std::string& unit, std::chrono::milliseconds deadline,
                     const std::stop_token& stop) = 0;
  virtual void stop(const std::string& unit, std::chrono::milliseconds deadline,
                    const std::stop_token& stop) = 0;
  /// Forgets a failure, so that the unit may be started again or be collected.
  virtual void reset_failed(const std::string& unit) = 0;

  /// Called (from the driver's thread) with the name of each unit of ours whose state or file
  /// changed, and with "" when anything may have. Set once, before the loops start.
  virtual void on_change(std::function<void(const std::string& unit)> notify) = 0;

  /// Reloads since the driver was made; for tests that count them.
  [[nodiscard]] virtual std::uint64_t reloads() const = 0;
};

struct SystemdPaths {
  std::filesystem::path units = "/run/systemd/system";
  std::filesystem::path environments = "/run/town-os/environment";
};

/// On the system bus, through sdbus-c++, with PropertiesChanged signals and inotify on the
/// directory.
std::unique_ptr<Systemd> make_systemd(const SystemdPaths& paths);

}  // namespace town

// What we ask of systemd over the system bus, and what it tells us; over sdbus-c++, which only the
// source of this header includes. Owned by the systemd driver. Any thread may call; events come on
// a thread of its own, which must not call back into this object.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace town {

/// A row of ListUnitsByPatterns.
struct UnitRow {
  std::string unit;
  std::string description;
  std::string load_state;
  std::string active_state;
  std::string sub_state;
  std::string path;  ///< of its object
  std::uint32_t job = 0;

  bool operator==(const UnitRow&) const = default;
};

/// What a row does not hold.
struct UnitDetails {
  std::string invocation;
  std::string result;
  std::uint32_t main_pid = 0;
  int exit_status = 0;
  bool need_reload = false;
  std::uint32_t restarts = 0;
};

class SystemdBus {
 public:
  struct Events {
    /// A unit was loaded, unloaded, or a property of it changed.
    std::function<void(const std::string& unit)> unit;
    /// A job ended: its object's path, and "done", "failed", "timeout", "canceled", …
    std::function<void(const std::string& job, const std::string& result)> job;
    /// Signals may have been missed: look at everything anew.
    std::function<void()> everything;
  };

  /// Connects; where that fails, it is tried again each second, and calls throw meanwhile.
  explicit SystemdBus(Events events);
  SystemdBus(const SystemdBus&) = delete;
  SystemdBus& operator=(const SystemdBus&) = delete;
  ~SystemdBus();

  // Each throws Error{unavailable, SystemdUnreachable}, Error{not_found, UnitNotFound}, and
  // Error{remote, SystemdRefused} with systemd's own words.

  /// Loaded units by shell pattern ("town-os-*.service") or name.
  std::vector<UnitRow> list(const std::string& pattern);
  /// Of several objects, asked many at a time; nothing for a unit that was unloaded in the
  /// meantime.
  std::vector<std::optional<UnitDetails>> details(const std::vector<std::string>& paths);
  /// Return the path of the job that was queued, in mode "replace".
  std::string start(const std::string& unit);
  std::string stop(const std::string& unit);
  /// A job that has ended is fine.
  void cancel(const std::string& job);
  void reset_failed(const std::string& unit);
  void reload();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace town

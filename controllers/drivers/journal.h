// The journal: systemd's own, and one in memory. One object for the daemon, given to the API as its
// Logs; any thread may call it.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>

#include "engine/ports.h"

namespace town {

/// Of this machine, through libsystemd; reading all of it needs root or the group systemd-journal.
/// A unit's entries are those of its processes and containers, and what systemd says about it.
std::unique_ptr<Logs> make_journal();

/// Writes a line that a unit's entries include from then on: what was run for it said this. A
/// journal that takes no more loses it.
void say_in_journal(const std::string& unit, const std::string& line);

/// For `townd --simulate` and for tests: keeps the last 1,000 entries.
class MemoryJournal final : public Logs {
 public:
  struct Line {
    std::string unit;
    std::string message;
    std::string identifier;  ///< of the program
    std::string priority;    ///< a digit, or empty
    Time time;
  };

  void add(const Line& line);

  std::vector<LogEntry> tail(const LogQuery& query, const std::stop_token& stop) override;
  void follow(const LogQuery& query, const std::function<bool(const LogEntry* entry)>& on_entry,
              const std::stop_token& stop) override;

 private:
  std::mutex mutex_;
  std::condition_variable_any added_;
  std::deque<LogEntry> entries_;  // at the back the newest
  std::uint64_t next_ = 1;        // its number, which is its cursor
};

}  // namespace town

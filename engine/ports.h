// What the engine and the API want to know of the machine without knowing the machine: interfaces
// that controllers implement and townd wires. Any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "state/clock.h"

namespace town {

struct DiskFigures {
  std::uint64_t total = 0;  ///< bytes
  std::uint64_t used = 0;
  std::uint64_t available = 0;
  /// No room for the places and names of more files, which btrfs keeps apart from data: writing may
  /// fail although bytes are available. A guess; only a write can tell.
  bool metadata_tight = false;
  /// Where it has no room for anything new: a sentence that says so, and the ways on. Else empty.
  std::string shortage{};
};

class Host {
 public:
  virtual ~Host() = default;
  /// The program that listens on this port of the machine; empty where nobody does.
  virtual std::string port_holder(std::uint16_t port, const std::string& protocol) = 0;
  virtual std::string hostname() = 0;
  virtual std::string internal_address() = 0;  ///< empty where unknown
  virtual std::string external_address() = 0;
  virtual DiskFigures disk() = 0;
  /// VolumeSpec::id of all data on the disk, wherever it lies. Throws Error{unavailable} where the
  /// disk cannot be looked at.
  virtual std::set<std::string> volume_ids() = 0;
};

/// How much a volume holds now, by path; for lists and the plan in words.
class VolumeFigures {
 public:
  virtual ~VolumeFigures() = default;
  virtual std::uint64_t used(const std::string& path) = 0;
};

/// How systemd sees one unit of ours.
struct UnitFigures {
  std::string unit;  ///< "town-os-package--default-nginx-2.0.service"
  std::string description;
  std::string load_state;    ///< "loaded", "not-found", …
  std::string active_state;  ///< "active", "failed", …
  std::string sub_state;
};

/// The live state of our units, as lists show it.
class Units {
 public:
  virtual ~Units() = default;
  virtual std::vector<UnitFigures> units() = 0;
};

/// One line of the machine's journal.
struct LogEntry {
  std::string cursor;  ///< where it stands, opaque
  Time time;
  std::uint64_t monotonic = 0;  ///< microseconds since its boot
  /// Every field that the API shows, by the API's name for it ("Message", "SystemdUnit"); empty
  /// where the entry has none. May hold any bytes.
  std::map<std::string, std::string> fields;
};

/// Which entries are wanted.
struct LogQuery {
  std::string unit;         ///< empty or "__system__": of the whole machine
  std::size_t lines = 100;  ///< at most so many, and never more than kMostLogLines
  std::string before;       ///< a cursor: only what stands before it
  std::string after;        ///< a cursor: only what stands behind it
  std::string grep;         ///< part of the message, ASCII letters in either case; empty is all
  std::optional<Time> since;
  std::optional<Time> until;
  int priority = 0;  ///< syslog's, 1 to 7: so urgent or more so, or without priority; 0 is all
};

inline constexpr std::size_t kMostLogLines = 10'000;

/// The machine's journal, to be read.
class Logs {
 public:
  virtual ~Logs() = default;

  /// Oldest first. The last ones that match, or with `after` the first ones behind it; fewer than
  /// asked for where they would be more than 16 MiB. Error{invalid, BadCursor}, and
  /// Error{unavailable, TimedOut} where looking through the journal takes longer than 10 s.
  virtual std::vector<LogEntry> tail(const LogQuery& query, const std::stop_token& stop) = 0;

  /// What tail() finds, and then each new entry as it comes. About once a second in which none
  /// comes, `on_entry` gets null. Returns when it answers false, or when `stop` is requested.
  virtual void follow(const LogQuery& query,
                      const std::function<bool(const LogEntry* entry)>& on_entry,
                      const std::stop_token& stop) = 0;
};

}  // namespace town

// What was read about each unit, and whether it still holds. Owned by the systemd driver; any
// thread. It is read anew when a signal named the unit, when its row of the list differs, and after
// 60 s, so that a missed signal costs time and not correctness.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "controllers/drivers/systemd.h"
#include "controllers/drivers/systemd_bus.h"
#include "state/guarded.h"

namespace town {

class UnitDetailsCache {
 public:
  /// Something of this unit changed.
  void changed(const std::string& unit);
  /// Anything may have changed.
  void everything_changed();

  /// The state of each row, with details read through `bus` where they may have changed.
  std::vector<UnitState> states(const std::vector<UnitRow>& rows, SystemdBus& bus);

 private:
  struct Entry {
    UnitRow row;
    UnitDetails details;
    std::chrono::steady_clock::time_point read;
    std::uint64_t tick = 0;  ///< of the unit, before it was read
    std::uint64_t all = 0;   ///< of all units, then
  };
  struct Known {
    std::map<std::string, Entry> entries;
    std::map<std::string, std::uint64_t> ticks;
    std::uint64_t all = 0;
  };

  /// Entries that hold, and rows that must be read.
  struct Sorted {
    std::map<std::string, Entry> current;
    std::vector<Entry> stale;
  };

  static Sorted sort(Known& known, const std::vector<UnitRow>& rows);

  Guarded<Known> known_;
};

}  // namespace town

#include "controllers/drivers/unit_details.h"

namespace town {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kTrust{60};

UnitState state_of(const UnitRow& row, const UnitDetails& details) {
  UnitState state;
  state.unit = row.unit;
  state.description = row.description;
  state.load_state = row.load_state;
  state.active_state = row.active_state;
  state.sub_state = row.sub_state;
  state.result = details.result;
  state.invocation = details.invocation;
  state.main_pid = details.main_pid;
  state.exit_status = details.exit_status;
  state.need_reload = details.need_reload;
  state.restarts = details.restarts;
  return state;
}

}  // namespace

void UnitDetailsCache::changed(const std::string& unit) {
  known_.with([&](Known& known) { ++known.ticks[unit]; });
}

void UnitDetailsCache::everything_changed() {
  known_.with([](Known& known) { ++known.all; });
}

std::vector<UnitState> UnitDetailsCache::states(const std::vector<UnitRow>& rows, SystemdBus& bus) {
  Sorted sorted = known_.with([&](Known& known) { return sort(known, rows); });
  if (!sorted.stale.empty()) {
    std::vector<std::string> paths;
    for (const auto& entry : sorted.stale) paths.push_back(entry.row.path);
    auto details = bus.details(paths);
    for (std::size_t i = 0; i < paths.size(); ++i) {
      if (!details[i]) continue;  // unloaded since it was listed
      Entry& entry = sorted.stale[i];
      entry.details = std::move(*details[i]);
      entry.read = steady_clock::now();
      sorted.current[entry.row.unit] = std::move(entry);
    }
  }
  std::vector<UnitState> result;
  for (const auto& [unit, entry] : sorted.current) {
    result.push_back(state_of(entry.row, entry.details));
  }
  known_.with([&](Known& known) {
    std::erase_if(known.ticks,
                  [&](const auto& item) { return !sorted.current.contains(item.first); });
    known.entries = std::move(sorted.current);
  });
  return result;
}

UnitDetailsCache::Sorted UnitDetailsCache::sort(Known& known, const std::vector<UnitRow>& rows) {
  Sorted sorted;
  const auto now = steady_clock::now();
  for (const auto& row : rows) {
    const std::uint64_t tick = known.ticks[row.unit];
    const auto found = known.entries.find(row.unit);
    if (found != known.entries.end()) {
      const Entry& entry = found->second;
      if (entry.row == row && entry.tick == tick && entry.all == known.all &&
          now - entry.read < kTrust) {
        sorted.current.emplace(row.unit, entry);
        continue;
      }
    }
    Entry entry;
    entry.row = row;
    entry.tick = tick;
    entry.all = known.all;
    sorted.stale.push_back(std::move(entry));
  }
  return sorted;
}

}  // namespace town

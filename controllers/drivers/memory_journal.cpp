#include <algorithm>
#include <charconv>
#include <chrono>

#include "controllers/drivers/journal.h"
#include "controllers/drivers/journal_entry.h"
#include "state/error.h"

namespace town {
namespace {

constexpr std::size_t kKept = 1000;

std::uint64_t number_of(const std::string& cursor) {
  std::uint64_t number = 0;
  const auto* end = cursor.data() + cursor.size();
  const auto [parsed, error] = std::from_chars(cursor.data(), end, number);
  if (error == std::errc{} && parsed == end) return number;
  throw Error(Code::invalid, "BadCursor", "That is no place in the journal.");
}

bool selected(const LogQuery& query, const LogEntry& entry) {
  return (is_whole_system(query) || entry.fields.at("SystemdUnit") == query.unit) &&
         wanted(query, entry.fields.at("Message"), entry.fields.at("Priority"), entry.time);
}

}  // namespace

void MemoryJournal::add(const Line& line) {
  auto entry = blank_log_entry();
  set_log_field(entry, "_SYSTEMD_UNIT", line.unit);
  set_log_field(entry, "MESSAGE", line.message);
  set_log_field(entry, "SYSLOG_IDENTIFIER", line.identifier);
  set_log_field(entry, "PRIORITY", line.priority);
  entry.time = line.time;
  {
    const std::lock_guard lock(mutex_);
    entry.cursor = std::to_string(next_++);
    entries_.push_back(std::move(entry));
    if (entries_.size() > kKept) entries_.pop_front();
  }
  added_.notify_all();
}

std::vector<LogEntry> MemoryJournal::tail(const LogQuery& query, const std::stop_token& /*stop*/) {
  const auto after = query.after.empty() ? 0 : number_of(query.after);
  const auto before = query.before.empty() ? UINT64_MAX : number_of(query.before);
  const std::lock_guard lock(mutex_);
  std::vector<LogEntry> found;
  for (const auto& entry : entries_) {
    const auto number = number_of(entry.cursor);
    if (number > after && number < before && selected(query, entry)) found.push_back(entry);
  }
  const auto limit = line_limit(query);
  if (found.size() <= limit) return found;
  const auto surplus = static_cast<std::ptrdiff_t>(found.size() - limit);
  if (query.after.empty()) {
    found.erase(found.begin(), found.begin() + surplus);
  } else {
    found.erase(found.end() - surplus, found.end());
  }
  return found;
}

void MemoryJournal::follow(const LogQuery& query,
                           const std::function<bool(const LogEntry* entry)>& on_entry,
                           const std::stop_token& stop) {
  auto next = query;
  while (!stop.stop_requested()) {
    std::unique_lock lock(mutex_);
    const auto seen = next_;
    lock.unlock();
    const auto found = tail(next, stop);
    for (const auto& entry : found) {
      if (!on_entry(&entry)) return;
    }
    if (!found.empty()) next.after = found.back().cursor;
    if (next.after.empty()) next.after = "0";  // from now on whatever comes, and not the last ones
    if (!found.empty()) continue;
    lock.lock();
    const bool news =
        added_.wait_for(lock, stop, std::chrono::seconds(1), [&] { return next_ != seen; });
    lock.unlock();
    if (!news && !stop.stop_requested() && !on_entry(nullptr)) return;
  }
}

}  // namespace town

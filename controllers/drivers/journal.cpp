// The only source that includes libsystemd's journal.
#include "controllers/drivers/journal.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

#include "controllers/drivers/descriptor.h"
#include "controllers/drivers/journal_entry.h"
#include "controllers/drivers/system_error.h"
#include "state/error.h"

namespace town {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto kDeadline = 10s;
constexpr auto kHeartbeat = 1s;
/// Says of an entry of ours which unit it is about.
constexpr const char* kOurUnit = "TOWN_UNIT";
constexpr std::size_t kMostText = 4096;  // of a unit's name and of a cursor; both come from outside

/// One reader, positioned somewhere. Not to be shared between threads, as libsystemd demands.
class Reader {
 public:
  explicit Reader(const LogQuery& query) {
    check(sd_journal_open(&journal_, SD_JOURNAL_LOCAL_ONLY));
    try {
      check(sd_journal_set_data_threshold(journal_, kMostLogFieldBytes + 64));
      if (!is_whole_system(query)) match_unit(query.unit);
    } catch (...) {
      sd_journal_close(journal_);
      throw;
    }
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() { sd_journal_close(journal_); }

  void to_start() { check(sd_journal_seek_head(journal_)); }
  void to_end() { check(sd_journal_seek_tail(journal_)); }

  /// So that the last entry at that time is the next one backwards.
  void to_end_of(Time time) { check(sd_journal_seek_realtime_usec(journal_, microseconds(time))); }

  void to(const std::string& cursor) {
    if (cursor.size() > kMostText || sd_journal_seek_cursor(journal_, cursor.c_str()) < 0) {
      throw Error(Code::invalid, "BadCursor", "That is no place in the journal.");
    }
  }

  /// False at the end.
  bool forward() { return check(sd_journal_next(journal_)) > 0; }
  bool back() { return check(sd_journal_previous(journal_)) > 0; }
  bool at(const std::string& cursor) {
    return check(sd_journal_test_cursor(journal_, cursor.c_str())) > 0;
  }

  Time time() {
    std::uint64_t since_1970 = 0;
    check(sd_journal_get_realtime_usec(journal_, &since_1970));
    return Time(std::chrono::duration_cast<Time::duration>(std::chrono::microseconds(since_1970)));
  }

  bool is_wanted(const LogQuery& query) {
    const auto message = query.grep.empty() ? std::string() : field("MESSAGE");
    const auto priority = query.priority == 0 ? std::string() : field("PRIORITY");
    return wanted(query, message, priority, time());
  }

  LogEntry entry() {
    auto entry = blank_log_entry();
    entry.time = time();
    entry.cursor = cursor();
    sd_id128_t boot{};
    check(sd_journal_get_monotonic_usec(journal_, &entry.monotonic, &boot));
    const void* data = nullptr;
    std::size_t size = 0;
    sd_journal_restart_data(journal_);
    while (check(sd_journal_enumerate_available_data(journal_, &data, &size)) > 0) {
      const std::string_view item(static_cast<const char*>(data), size);
      const auto split = item.find('=');
      if (split == std::string_view::npos) continue;
      set_log_field(entry, item.substr(0, split), item.substr(split + 1));
    }
    return entry;
  }

  /// From now on no entry comes unnoticed by wait().
  void watch() { check(sd_journal_get_fd(journal_)); }

  /// Waits until entries may have come, `wake` can be read, or `most` has passed.
  void wait(int wake, std::chrono::milliseconds most) {
    const int fd = check(sd_journal_get_fd(journal_));
    std::array<pollfd, 2> sources{pollfd{fd, POLLIN, 0}, pollfd{wake, POLLIN, 0}};
    if (poll(sources.data(), sources.size(), static_cast<int>(most.count())) < 0 &&
        errno != EINTR) {
      throw system_error("The journal cannot be waited for", errno);
    }
    check(sd_journal_process(journal_));
  }

 private:
  static int check(int result) {
    if (result >= 0) return result;
    throw Error(Code::unavailable, "JournalUnreadable",
                system_error("The journal cannot be read", -result).what());
  }

  static std::uint64_t microseconds(Time time) {
    const auto count =
        std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
    return static_cast<std::uint64_t>(std::max<std::int64_t>(count, 0));
  }

  void match(const std::string& text) {
    check(sd_journal_add_match(journal_, text.data(), text.size()));
  }

  /// What its processes and containers say, and what systemd says about it.
  void match_unit(const std::string& unit) {
    if (unit.size() > kMostText) {
      throw Error(Code::invalid, "BadUnitName", "That is too long for the name of a unit.");
    }
    match("_SYSTEMD_UNIT=" + unit);
    check(sd_journal_add_disjunction(journal_));
    match("_PID=1");
    match("UNIT=" + unit);
    check(sd_journal_add_disjunction(journal_));
    match("_UID=0");
    match(kOurUnit + ("=" + unit));
  }

  std::string field(const char* name) {
    const void* data = nullptr;
    std::size_t size = 0;
    const int result = sd_journal_get_data(journal_, name, &data, &size);
    if (result == -ENOENT) return {};
    check(result);
    const std::string_view item(static_cast<const char*>(data), size);
    return std::string(item.substr(item.find('=') + 1));
  }

  std::string cursor() {
    char* text = nullptr;
    check(sd_journal_get_cursor(journal_, &text));
    std::string cursor(text);
    free(text);  // NOLINT(cppcoreguidelines-no-malloc): sd_journal_get_cursor(3) says so
    return cursor;
  }

  sd_journal* journal_ = nullptr;
};

/// The bounds of one answer: lines, bytes and time.
class Collected {
 public:
  Collected(const LogQuery& query, const std::stop_token& stop)
      : limit_(line_limit(query)), stop_(stop) {}

  /// Takes the entry that the reader stands at, where it is wanted; false when that is enough.
  bool take(Reader& reader, const LogQuery& query) {
    if (stop_.stop_requested()) {
      throw Error(Code::unavailable, "Stopped", "Reading the journal was interrupted.");
    }
    if (steady_clock::now() > end_) {
      throw Error(Code::unavailable, "TimedOut",
                  "Looking through the journal took too long: narrow the time or the unit.");
    }
    if (!reader.is_wanted(query)) return true;
    auto entry = reader.entry();
    bytes_ += size_of(entry);
    if (bytes_ > kMostLogBytes && !entries.empty()) return false;
    entries.push_back(std::move(entry));
    return entries.size() < limit_;
  }

  std::vector<LogEntry> entries;

 private:
  std::size_t limit_;
  std::size_t bytes_ = 0;
  steady_clock::time_point end_ = steady_clock::now() + kDeadline;
  const std::stop_token& stop_;
};

std::vector<LogEntry> collect_forward(Reader& reader, const LogQuery& query,
                                      const std::stop_token& stop) {
  Collected found(query, stop);
  reader.to(query.after);
  while (reader.forward()) {
    if (reader.at(query.after)) continue;
    if (!query.before.empty() && reader.at(query.before)) break;
    if (query.until && reader.time() > *query.until) break;
    if (!found.take(reader, query)) break;
  }
  return std::move(found.entries);
}

std::vector<LogEntry> collect_backwards(Reader& reader, const LogQuery& query,
                                        const std::stop_token& stop) {
  Collected found(query, stop);
  if (!query.before.empty()) {
    reader.to(query.before);
  } else if (query.until) {
    reader.to_end_of(*query.until);
  } else {
    reader.to_end();
  }
  while (reader.back()) {
    if (!query.before.empty() && reader.at(query.before)) continue;
    if (query.since && reader.time() < *query.since) break;
    if (!found.take(reader, query)) break;
  }
  std::reverse(found.entries.begin(), found.entries.end());
  return std::move(found.entries);
}

std::vector<LogEntry> collect(Reader& reader, const LogQuery& query, const std::stop_token& stop) {
  return query.after.empty() ? collect_backwards(reader, query, stop)
                             : collect_forward(reader, query, stop);
}

class SystemJournal final : public Logs {
 public:
  std::vector<LogEntry> tail(const LogQuery& query, const std::stop_token& stop) override {
    Reader reader(query);
    return collect(reader, query, stop);
  }

  void follow(const LogQuery& query, const std::function<bool(const LogEntry* entry)>& on_entry,
              const std::stop_token& stop) override {
    const Descriptor wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!wake) throw system_error("The journal cannot be waited for", errno);
    const std::stop_callback on_stop(stop, [&wake] { eventfd_write(wake.get(), 1); });
    Reader reader(query);
    reader.watch();
    const auto last = collect(reader, query, stop);
    for (const auto& entry : last) {
      if (!on_entry(&entry)) return;
    }
    if (last.empty() && query.after.empty()) {
      reader.to_start();  // nothing that is there is wanted, so whatever comes is new
    } else {
      reader.to(last.empty() ? query.after : last.back().cursor);
    }
    const auto behind = last.empty() ? query.after : last.back().cursor;
    read_on(reader, query, behind, {on_entry, stop, wake.get()});
  }

 private:
  struct Listener {
    const std::function<bool(const LogEntry* entry)>& on_entry;
    const std::stop_token& stop;
    int wake;
  };

  static void read_on(Reader& reader, const LogQuery& query, const std::string& behind,
                      const Listener& listener) {
    auto quiet_since = steady_clock::now();
    while (!listener.stop.stop_requested()) {
      if (reader.forward()) {
        if ((!behind.empty() && reader.at(behind)) || !reader.is_wanted(query)) continue;
        const auto entry = reader.entry();
        if (!listener.on_entry(&entry)) return;
        quiet_since = steady_clock::now();
        continue;
      }
      reader.wait(listener.wake, kHeartbeat);
      if (steady_clock::now() - quiet_since < kHeartbeat) continue;
      if (!listener.stop.stop_requested() && !listener.on_entry(nullptr)) return;
      quiet_since = steady_clock::now();
    }
  }
};

}  // namespace

void say_in_journal(const std::string& unit, const std::string& line) {
  const std::vector<std::string> fields = {"MESSAGE=" + line, "PRIORITY=6",
                                           "SYSLOG_IDENTIFIER=town-os", kOurUnit + ("=" + unit)};
  std::vector<iovec> parts;
  for (const auto& field : fields) {
    parts.push_back({const_cast<char*>(field.data()), field.size()});  // it is only read
  }
  if (const int result = sd_journal_sendv(parts.data(), static_cast<int>(parts.size()));
      result < 0) {
    spdlog::warn("journal takes no entry unit={} error={}", unit, -result);
  }
}

std::unique_ptr<Logs> make_journal() { return std::make_unique<SystemJournal>(); }

}  // namespace town

// What each journal promises, on the one in memory and on systemd's.
#include "controllers/drivers/journal.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "controllers/drivers/process.h"
#include "machine.h"

namespace town::contract {
namespace {

/// A journal and somebody who writes to it, as a unit that no other test has.
class Journal {
 public:
  Journal() {
    if (is_real()) real_ = make_journal();
    static int number = 0;
    unit_ = fmt::format("contract-{}-{}.service",
                        std::chrono::system_clock::now().time_since_epoch().count(), ++number);
  }

  Logs& logs() { return real_ ? *real_ : memory_; }
  const std::string& unit() const { return unit_; }

  /// Returns when the lines can be read.
  void write(const std::vector<std::string>& lines, const std::string& priority = "6") {
    if (!real_) {
      for (const auto& line : lines) {
        memory_.add({unit_, line, "sh", priority, std::chrono::system_clock::now()});
      }
      return;
    }
    std::string text;
    for (const auto& line : lines) text += fmt::format("<{}>{}\n", priority, line);
    const auto done = run({"systemd-run", "--quiet", "--wait", "--collect", "--unit=" + unit_,
                           "--property=LogRateLimitIntervalSec=0", "/bin/echo", "-n", text},
                          {}, {});
    REQUIRE(done.exit_code == 0);
    REQUIRE(run({"journalctl", "--sync"}, {}, {}).exit_code == 0);
  }

  std::vector<std::string> read(LogQuery query) {
    query.unit = unit_;
    return texts(logs().tail(query, {}));
  }

  /// What was written, without what systemd says about the unit.
  static std::vector<std::string> texts(const std::vector<LogEntry>& entries) {
    std::vector<std::string> found;
    for (const auto& entry : entries) {
      const auto& message = entry.fields.at("Message");
      if (message.starts_with("line")) found.push_back(message);
    }
    return found;
  }

 private:
  std::unique_ptr<Logs> real_;
  MemoryJournal memory_;
  std::string unit_;
};

using Texts = std::vector<std::string>;

LogQuery grep(const std::string& text) {
  LogQuery query;
  query.grep = text;
  return query;
}

}  // namespace

TEST_SUITE("contract/journal") {
  TEST_CASE("a unit's lines come oldest first, with their fields and times") {
    Journal journal;
    const auto before = std::chrono::system_clock::now() - 1s;
    journal.write({"line one", "line two"}, "4");
    LogQuery query = grep("LINE");
    query.unit = journal.unit();
    const auto found = journal.logs().tail(query, {});
    CHECK(Journal::texts(found) == Texts{"line one", "line two"});
    CHECK(found.at(0).fields.at("SystemdUnit") == journal.unit());
    CHECK(found.at(0).fields.at("Priority") == "4");
    CHECK(found.at(0).fields.contains("Hostname"));
    CHECK(found.at(0).time >= before);
    CHECK(found.at(0).time <= std::chrono::system_clock::now());
    CHECK_FALSE(found.at(0).cursor.empty());
  }

  TEST_CASE("cursors page through the lines in both directions") {
    Journal journal;
    journal.write({"line 1", "line 2", "line 3", "line 4", "line 5"});
    LogQuery query = grep("line");
    query.unit = journal.unit();
    query.lines = 2;
    const auto last = journal.logs().tail(query, {});
    CHECK(Journal::texts(last) == Texts{"line 4", "line 5"});
    query.before = last.front().cursor;
    const auto earlier = journal.logs().tail(query, {});
    CHECK(Journal::texts(earlier) == Texts{"line 2", "line 3"});
    query.before.clear();
    query.after = earlier.front().cursor;
    CHECK(journal.read(query) == Texts{"line 3", "line 4"});
    query.before = last.front().cursor;
    CHECK(journal.read(query) == Texts{"line 3"});
    query.before.clear();
    query.after = last.back().cursor;
    CHECK(journal.read(query).empty());
  }

  TEST_CASE("text, time and urgency narrow what is found") {
    Journal journal;
    journal.write({"line of no use"}, "7");
    journal.write({"line that FAILED"}, "3");
    CHECK(journal.read(grep("failed")) == Texts{"line that FAILED"});
    LogQuery query;
    query.priority = 3;
    CHECK(journal.read(query) == Texts{"line that FAILED"});
    query = grep("failed");
    query.unit = journal.unit();
    const auto time = journal.logs().tail(query, {}).at(0).time;
    query = {};
    query.since = time;
    CHECK(journal.read(query) == Texts{"line that FAILED"});
    query = {};
    query.until = time - 1us;
    CHECK(journal.read(query) == Texts{"line of no use"});
  }

  TEST_CASE("nothing is found of a unit that never was, and a wrong cursor is refused") {
    Journal journal;
    CHECK(journal.read({}).empty());
    LogQuery query;
    query.after = "nonsense";
    CHECK_THROWS_AS(journal.read(query), Error);
    query.after = std::string(1 << 20, 'x');
    CHECK_THROWS_AS(journal.read(query), Error);
  }

  TEST_CASE("a follower gets what is there and then what comes") {
    Journal journal;
    journal.write({"line 1"});
    LogQuery query = grep("line");
    query.unit = journal.unit();
    Texts seen;
    const auto end = std::chrono::steady_clock::now() + kPatience;
    const auto take = [&](const LogEntry* entry) {
      const auto lines = entry == nullptr ? Texts() : Journal::texts({*entry});
      seen.insert(seen.end(), lines.begin(), lines.end());
      if (!lines.empty() && seen.size() == 1) journal.write({"line 2", "line 3"});
      return seen.size() < 3 && std::chrono::steady_clock::now() < end;
    };
    journal.logs().follow(query, take, {});
    CHECK(fmt::format("{}", fmt::join(seen, "; ")) == "line 1; line 2; line 3");
  }

  TEST_CASE("a follower of silence hears that nothing comes, and ends on request") {
    Journal journal;
    LogQuery query;
    query.unit = journal.unit();
    std::stop_source stop;
    bool silent = true;
    journal.logs().follow(
        query,
        [&](const LogEntry* entry) {
          silent = silent && entry == nullptr;
          stop.request_stop();
          return true;
        },
        stop.get_token());
    CHECK(silent);
  }
}

}  // namespace town::contract

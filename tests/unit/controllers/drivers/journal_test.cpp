#include "controllers/drivers/journal.h"

#include <doctest/doctest.h>

#include <thread>

#include "controllers/drivers/journal_entry.h"
#include "state/error.h"

namespace town {
namespace {

using namespace std::chrono_literals;

Time at(int second) { return Time(std::chrono::seconds(1'000'000 + second)); }

/// Ten lines, odd ones of "a", even ones of "b"; line N at second N with priority N, from 1 on.
void fill(MemoryJournal& journal) {
  for (int i = 1; i <= 10; ++i) {
    journal.add({i % 2 == 1 ? "a.service" : "b.service", "Line " + std::to_string(i), "test",
                 i <= 7 ? std::to_string(i) : "", at(i)});
  }
}

std::vector<std::string> messages(const std::vector<LogEntry>& entries) {
  std::vector<std::string> found;
  for (const auto& entry : entries) found.push_back(entry.fields.at("Message"));
  return found;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_SUITE("controllers/drivers/journal") {
  TEST_CASE("a tail is the last lines, oldest first") {
    MemoryJournal journal;
    fill(journal);
    LogQuery query;
    query.lines = 3;
    CHECK(messages(journal.tail(query, {})) == Texts{"Line 8", "Line 9", "Line 10"});
    query.lines = 0;
    CHECK(messages(journal.tail(query, {})) == Texts{"Line 10"});
    query.lines = 1'000'000;
    CHECK(journal.tail(query, {}).size() == 10);
  }

  TEST_CASE("a unit's lines are its own, and two names stand for the whole machine") {
    MemoryJournal journal;
    fill(journal);
    LogQuery query;
    query.unit = "b.service";
    query.lines = 2;
    CHECK(messages(journal.tail(query, {})) == Texts{"Line 8", "Line 10"});
    query.unit = "__system__";
    CHECK(messages(journal.tail(query, {})) == Texts{"Line 9", "Line 10"});
    query.unit = "c.service";
    CHECK(journal.tail(query, {}).empty());
  }

  TEST_CASE("one pages back with before, and on with after, without gaps and repetitions") {
    MemoryJournal journal;
    fill(journal);
    LogQuery query;
    query.lines = 4;
    const auto last = journal.tail(query, {});
    query.before = last.front().cursor;
    const auto earlier = journal.tail(query, {});
    CHECK(messages(earlier) == Texts{"Line 3", "Line 4", "Line 5", "Line 6"});
    query.before.clear();
    query.after = earlier.front().cursor;
    CHECK(messages(journal.tail(query, {})) == Texts{"Line 4", "Line 5", "Line 6", "Line 7"});
    query.after = last.back().cursor;
    CHECK(journal.tail(query, {}).empty());
  }

  TEST_CASE("a cursor that is none is refused") {
    MemoryJournal journal;
    LogQuery query;
    query.after = "s=nonsense";
    CHECK_THROWS_AS(journal.tail(query, {}), Error);
  }

  TEST_CASE("text, time and urgency narrow what is wanted") {
    LogQuery query;
    CHECK(wanted(query, "anything", "", at(0)));
    query.grep = "FaILed";
    CHECK(wanted(query, "it failed twice", "", at(0)));
    CHECK_FALSE(wanted(query, "it fail", "", at(0)));
    query = {};
    query.since = at(5);
    query.until = at(6);
    CHECK_FALSE(wanted(query, "", "", at(4)));
    CHECK(wanted(query, "", "", at(5)));
    CHECK(wanted(query, "", "", at(6)));
    CHECK_FALSE(wanted(query, "", "", at(7)));
    query = {};
    query.priority = 4;
    CHECK(wanted(query, "", "4", at(0)));
    CHECK_FALSE(wanted(query, "", "5", at(0)));
    CHECK(wanted(query, "", "", at(0)));
  }

  TEST_CASE("an entry has every field of the API, and those alone") {
    auto entry = blank_log_entry();
    CHECK(entry.fields.size() == 31);
    set_log_field(entry, "_SYSTEMD_UNIT", "a.service");
    set_log_field(entry, "_SYSTEMD_UNIT", "second.service");
    set_log_field(entry, "CONTAINER_NAME", "web");
    CHECK(entry.fields.size() == 31);
    CHECK(entry.fields.at("SystemdUnit") == "a.service");
    CHECK(entry.fields.at("SELinuxContext").empty());
  }

  TEST_CASE("a field is cut to 64 KiB") {
    auto entry = blank_log_entry();
    set_log_field(entry, "MESSAGE", std::string(1 << 20, 'x'));
    CHECK(entry.fields.at("Message").size() == std::size_t{64} << 10);
  }

  TEST_CASE("the memory journal forgets the oldest of more than a thousand lines") {
    MemoryJournal journal;
    for (int i = 0; i < 1003; ++i) journal.add({"a", std::to_string(i), "", "", at(i)});
    LogQuery query;
    query.lines = kMostLogLines;
    const auto found = journal.tail(query, {});
    CHECK(found.size() == 1000);
    CHECK(found.front().fields.at("Message") == "3");
  }

  TEST_CASE("a follower gets the last lines, then each new one, and ends when it says so") {
    MemoryJournal journal;
    fill(journal);
    LogQuery query;
    query.unit = "a.service";
    query.lines = 2;
    Texts seen;
    journal.follow(query,
                   [&](const LogEntry* entry) {
                     if (entry == nullptr) return false;  // nothing for a second: lines were lost
                     seen.push_back(entry->fields.at("Message"));
                     if (seen.size() == 2) {
                       journal.add({"b.service", "not mine", "", "", at(11)});
                       journal.add({"a.service", "new", "", "", at(12)});
                       journal.add({"a.service", "newer", "", "", at(13)});
                     }
                     return seen.size() < 4;
                   },
                   {});
    CHECK(seen == Texts{"Line 7", "Line 9", "new", "newer"});
  }

  TEST_CASE("a follower of silence is asked whether it is still there") {
    MemoryJournal journal;
    int asked = 0;
    journal.follow({},
                   [&](const LogEntry* entry) {
                     CHECK(entry == nullptr);
                     ++asked;
                     return false;
                   },
                   {});
    CHECK(asked == 1);
  }

  TEST_CASE("a request to stop ends a follower at once") {
    MemoryJournal journal;
    std::jthread follower([&](const std::stop_token& stop) {
      journal.follow(
          {}, [](const LogEntry*) { return true; }, stop);
    });
    follower.request_stop();
    follower.join();
  }
}

}  // namespace town

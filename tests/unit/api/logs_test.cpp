#include "api/logs.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "controllers/drivers/journal.h"
#include "state/error.h"

namespace town::api {
namespace {

using Json = nlohmann::json;

/// Keeps what a stream sends; the other side goes away after so many writes.
class Sent final : public StreamSink {
 public:
  explicit Sent(int writes) : left_(writes) {}
  bool write(std::string_view bytes) override {
    text += bytes;
    return --left_ > 0;
  }
  std::string text;

 private:
  int left_;
};

/// Answers GET `path` from a journal with three lines.
HttpResponse answer(MemoryJournal& journal, const std::string& path,
                    std::map<std::string, std::string> query) {
  for (const char* text : {"one", "two", "three"}) {
    journal.add({"a.service", text, "sh", "6", Time(std::chrono::milliseconds(1'500))});
  }
  HttpRequest request;
  request.query = std::move(query);
  const Json body;
  const std::optional<Caller> caller;
  for (const auto& route : log_routes(journal, {})) {
    if (route.path == path) return route.handle({request, body, caller, ""});
  }
  FAIL("no such route");
  return {};
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_SUITE("api/logs") {
  TEST_CASE("an entry has the 34 keys of the contract, times and numbers included") {
    MemoryJournal journal;
    const auto page = parse_json(answer(journal, "/systemd/logs/tail", {{"lines", "1"}}).body);
    const auto& entry = page.at("entries").at(0);
    CHECK(entry.size() == 34);
    CHECK(entry.at("Message") == "three");
    CHECK(entry.at("SystemdUnit") == "a.service");
    CHECK(entry.at("RealtimeTimestamp") == "1970-01-01T00:00:01.500000Z");
    CHECK(entry.at("MonotonicTimestamp").is_number_unsigned());
    CHECK(entry.at("SELinuxContext") == "");
  }

  TEST_CASE("a page names its first and last cursor, and an empty one has none") {
    MemoryJournal journal;
    const auto page = parse_json(answer(journal, "/systemd/logs/tail", {}).body);
    CHECK(page.at("entries").size() == 3);
    CHECK(page.at("cursor") == page.at("entries").front().at("Cursor"));
    CHECK(page.at("end_cursor") == page.at("entries").back().at("Cursor"));
    CHECK(log_page({}) == Json{{"entries", Json::array()}, {"cursor", ""}, {"end_cursor", ""}});
  }

  TEST_CASE("parameters are read, and nothing and 0 stand for the default") {
    const auto query =
        log_query({{"unit", "a"}, {"lines", "5"}, {"since", "10"}, {"priority", "3"}});
    CHECK(query.unit == "a");
    CHECK(query.lines == 5);
    CHECK(query.since == Time(std::chrono::seconds(10)));
    CHECK_FALSE(query.until);
    CHECK(query.priority == 3);
    CHECK(log_query({{"lines", ""}, {"until", "0"}}).lines == 100);
    CHECK_FALSE(log_query({{"until", "0"}}).until);
  }

  TEST_CASE("every parameter that is no number is named") {
    try {
      log_query({{"lines", "x"}, {"since", "-1"}, {"until", "1e9"}, {"priority", "8"}});
      FAIL("accepted");
    } catch (const InvalidInput& error) {
      CHECK(error.faults().size() == 4);
    }
  }

  TEST_CASE("a replay ends after the last entry") {
    MemoryJournal journal;
    Sent sent(100);
    answer(journal, "/systemd/logs", {}).stream(sent);
    CHECK(count(sent.text, "data: {") == 3);
    CHECK(sent.text.find("one") < sent.text.find("three"));
  }

  TEST_CASE("a followed stream goes on until the client has gone") {
    MemoryJournal journal;
    Sent sent(3);
    answer(journal, "/systemd/logs", {{"follow", "true"}, {"lines", "2"}}).stream(sent);
    CHECK(count(sent.text, "data: {") == 2);
    CHECK(sent.text.ends_with("}\n\n:\n\n"));  // a heartbeat
  }
}

}  // namespace town::api

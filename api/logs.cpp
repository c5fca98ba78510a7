#include "api/logs.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "api/sse.h"
#include "engine/package/size.h"
#include "state/error.h"

namespace town::api {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kMostSeconds = 9'000'000'000;  // in the year 2255; a Time ends in 2262

class Parameters {
 public:
  explicit Parameters(const std::map<std::string, std::string>& values) : values_(values) {}

  std::string text(const char* name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? std::string() : found->second;
  }

  std::uint64_t number(const char* name, std::uint64_t most) {
    const auto value = text(name);
    if (value.empty()) return 0;
    const auto number = package::parse_number(value, most);
    if (!number) faults_.push_back({name, fmt::format("must be a number from 0 to {}", most)});
    return number.value_or(0);
  }

  std::optional<Time> time(const char* name) {
    const auto seconds = number(name, kMostSeconds);
    if (seconds == 0) return std::nullopt;
    return Time(std::chrono::seconds(seconds));
  }

  void check() const {
    if (!faults_.empty()) throw InvalidInput("BadParameter", faults_);
  }

 private:
  const std::map<std::string, std::string>& values_;
  Diagnostics faults_;
};

std::string with_microseconds(Time time) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  const auto rest = std::chrono::duration_cast<std::chrono::microseconds>(time - second).count();
  auto text = to_rfc3339(second);
  text.pop_back();  // the Z
  return fmt::format("{}.{:06}Z", text, rest);
}

std::string cursor_of(const std::vector<LogEntry>& entries, bool first) {
  if (entries.empty()) return {};
  return first ? entries.front().cursor : entries.back().cursor;
}

bool send_all(EventStream& stream, const std::vector<LogEntry>& entries) {
  return std::all_of(entries.begin(), entries.end(),
                     [&stream](const LogEntry& entry) { return stream.send(to_json(entry)); });
}

// Both read before the answer begins, so that a failure is still an answer of its own.

HttpResponse replay(Logs& logs, const Call& call, const std::stop_token& stopping) {
  LogQuery query;
  query.unit = call.http.parameter("unit");
  query.lines = kMostLogLines;
  return event_answer(
      [entries = logs.tail(query, stopping)](EventStream& stream) { send_all(stream, entries); });
}

HttpResponse follow(Logs& logs, const Call& call, const std::stop_token& stopping) {
  auto query = log_query(call.http.query);
  auto entries = logs.tail(query, stopping);
  if (!entries.empty()) query.after = entries.back().cursor;
  return event_answer([&logs, query, entries = std::move(entries), stopping](EventStream& stream) {
    if (!send_all(stream, entries)) return;
    const auto on_entry = [&stream](const LogEntry* entry) {
      return entry == nullptr ? stream.heartbeat() : stream.send(to_json(*entry));
    };
    logs.follow(query, on_entry, stopping);
  });
}

}  // namespace

LogQuery log_query(const std::map<std::string, std::string>& parameters) {
  Parameters given(parameters);
  LogQuery query;
  query.unit = given.text("unit");
  query.before = given.text("before");
  query.after = given.text("after");
  query.grep = given.text("grep");
  if (const auto lines = given.number("lines", UINT32_MAX); lines > 0) query.lines = lines;
  query.since = given.time("since");
  query.until = given.time("until");
  query.priority = static_cast<int>(given.number("priority", 7));
  given.check();
  return query;
}

Json to_json(const LogEntry& entry) {
  Json json(entry.fields);
  json["Cursor"] = entry.cursor;
  json["RealtimeTimestamp"] = with_microseconds(entry.time);
  json["MonotonicTimestamp"] = entry.monotonic;
  return json;
}

Json log_page(const std::vector<LogEntry>& entries) {
  auto list = Json::array();
  for (const auto& entry : entries) list.push_back(to_json(entry));
  return {{"entries", std::move(list)},
          {"cursor", cursor_of(entries, true)},
          {"end_cursor", cursor_of(entries, false)}};
}

std::vector<Route> log_routes(Logs& logs, const std::stop_token& stopping) {
  const auto stream = [&logs, stopping](const Call& call) {
    const bool on = call.http.parameter("follow") == "true";
    return on ? follow(logs, call, stopping) : replay(logs, call, stopping);
  };
  const auto tail = [&logs, stopping](const Call& call) {
    return json_answer(log_page(logs.tail(log_query(call.http.query), stopping)));
  };
  return {{"GET", "/systemd/logs", Gate::account, "", stream, Body::ignored, true},
          {"GET", "/systemd/logs/tail", Gate::account, "", tail, Body::ignored, true}};
}

}  // namespace town::api

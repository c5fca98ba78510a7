#include "state/status.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "state/error.h"

namespace town {
namespace {

Status with(std::vector<ConditionType> types) {
  Status status;
  status.observed_generation = 2;
  for (const auto type : types) status.conditions.push_back({type, "Reason", "A sentence.", {}});
  return status;
}

}  // namespace

TEST_SUITE("state/status") {
  TEST_CASE("lists show the worst that holds") {
    using enum ConditionType;
    CHECK(summarize(with({ready}), 2) == "Ready");
    CHECK(summarize(with({ready, progressing}), 2) == "Progressing");
    CHECK(summarize(with({ready, progressing, degraded}), 2) == "Degraded");
    CHECK(summarize(with({degraded, stalled}), 2) == "Stalled");
    CHECK(summarize(with({}), 2) == "Pending");
  }

  TEST_CASE("what was seen of another generation says nothing about this one") {
    const auto status = with({ConditionType::ready});
    CHECK(status.ready_at(2));
    CHECK_FALSE(status.ready_at(3));
    CHECK(summarize(status, 3) == "Pending");
  }

  TEST_CASE("a status reads back from its JSON") {
    auto status = with({ConditionType::ready, ConditionType::degraded});
    status.conditions[0].since = from_rfc3339("2025-01-01T00:00:00Z");
    status.facts = {{"used_bytes", "12"}};
    status.changed = from_rfc3339("2025-01-02T00:00:00Z");
    CHECK(status_from_json(to_json(status)) == status);
    CHECK(to_json(status).at("conditions").at(0).at("type") == "Ready");
    CHECK(to_json(status).at("changed") == "2025-01-02T00:00:00Z");
  }

  TEST_CASE("a condition that does not exist is refused") {
    const auto json = nlohmann::json::parse(R"({"conditions":[{"type":"Happy"}]})");
    CHECK_THROWS_AS(status_from_json(json), Error);
  }
}

}  // namespace town

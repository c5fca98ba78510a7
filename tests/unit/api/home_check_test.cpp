#include "api/home_check.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/api/kv.h"
#include "tests/unit/box.h"

namespace town::api {
namespace {

using Json = nlohmann::json;

std::unique_ptr<test::Box> box_with_kv() {
  auto box = std::make_unique<test::Box>();
  box->offers({test::offer("kv", "1.0", test::kKv), test::offer("web", "1.0", test::kKv)});
  return box;
}

/// All faults of the document, by field.
std::map<std::string, std::string> faults_of(test::Box& box, const Json& document) {
  Diagnostics faults;
  const auto home = parse_home(document, faults);
  const auto snapshot = box.snapshot();
  const auto plan = plan_home(home, *snapshot.graph, *box.catalog);
  const auto preview = [&](const std::vector<Request>& requests) {
    return box.engine.preview({{"tester", "test"}, requests});
  };
  std::map<std::string, std::string> found;
  try {
    check_home(home, plan, {*snapshot.graph, *box.catalog, preview}, std::move(faults));
  } catch (const InvalidInput& error) {
    for (const auto& fault : error.faults()) found.emplace(fault.field, fault.message);
  }
  return found;
}

Json package(const std::string& name, const Json& more) {
  Json entry = {{"name", name}};
  entry.update(more);
  return entry;
}

Json packages(Json list) { return {{"packages", std::move(list)}}; }

}  // namespace

TEST_SUITE("api/home_check") {
  TEST_CASE("faults of every stage come in one answer, each with its place") {
    auto box = box_with_kv();
    const auto faults = faults_of(
        *box, {{"packages",
                Json::array({package("kv", {{"responses", {{"port", "many"}, {"size", "much"}}},
                                            {"quotas", {{"dta", "1gb"}}}}),
                             package("kv", {{"version", "9"}, {"instance", "two"}}),
                             package("kvv", Json::object()),
                             package("kv", {{"repo", "other"}, {"instance", "three"}}),
                             package("web", {{"colour", "red"}})})},
               {"volumes", Json::array({{{"name", "../x"}}, {{"name", "fine"}}})},
               {"repositories", Json::array({})},
               {"settings", {{"default_quota", "lots"}}}});
    CHECK(faults.contains("packages[0].responses.port"));
    CHECK(faults.contains("packages[0].responses.size"));
    CHECK(faults.at("packages[0].quotas.dta").find("did you mean data?") != std::string::npos);
    CHECK(faults.at("packages[1].version") == "no repository offers kv 9; there is 1.0");
    CHECK(faults.at("packages[2].name") == "no repository offers kvv; did you mean kv?");
    CHECK(faults.at("packages[3].repo") == "there is no repository called other");
    CHECK(faults.contains("packages[4].colour"));
    CHECK(faults.contains("volumes[0].name"));
    CHECK(faults.contains("settings.default_quota"));
    CHECK(faults.size() == 9);
  }

  TEST_CASE("two packages that want one port: the second is at fault") {
    auto box = box_with_kv();
    const Json same = {{"responses", {{"port", "6379"}}}};
    const auto faults =
        faults_of(*box, packages(Json::array({package("kv", same), package("web", same)})));
    REQUIRE(faults.size() == 1);
    CHECK(faults.at("packages[1].name").find("port") != std::string::npos);
  }

  TEST_CASE("a place that another part of the document makes free is no fault of who takes it") {
    auto box = box_with_kv();
    box->install("kv", {{"port", "6379"}});
    auto document = packages(Json::array({package("web", {{"responses", {{"port", "6379"}}}}),
                                          package("kv", {{"responses", {{"port", "6380"}}}})}));
    CHECK(faults_of(*box, document).empty());
    document["settings"] = {{"default_quota", "lots"}};
    const auto faults = faults_of(*box, document);
    REQUIRE(faults.size() == 1);
    CHECK(faults.begin()->first == "settings.default_quota");
  }

  TEST_CASE("a repository whose address is none is a fault, before anything is fetched") {
    auto box = box_with_kv();
    const auto faults = faults_of(
        *box, {{"repositories", Json::array({{{"name", "r"}, {"url", "nowhere at all"}}})}});
    REQUIRE(faults.size() == 1);
    CHECK(faults.begin()->first.starts_with("repositories[0]."));
  }
}

}  // namespace town::api

#include "api/home.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "api/home_plan.h"
#include "api/yaml_text.h"
#include "tests/unit/api/kv.h"
#include "tests/unit/box.h"

namespace town::api {
namespace {

using Json = nlohmann::json;

std::map<std::string, std::string> faults_of(const Json& document) {
  std::map<std::string, std::string> faults;
  try {
    parse_home(document);
  } catch (const InvalidInput& error) {
    for (const auto& fault : error.faults()) faults.emplace(fault.field, fault.message);
  }
  return faults;
}

/// Applies a document to a box in memory, as the API does once the repositories are there.
bool apply_to(test::Box& box, const Json& document) {
  const auto home = parse_home(document);
  const auto plan = plan_home(home, *box.snapshot().graph, *box.catalog);
  const auto accepted = box.engine.submit({{"tester", "test"}, plan.requests});
  bool changed = accepted.number != 0;
  const auto quotas = quota_requests(home, *box.snapshot().graph);
  if (!quotas.empty()) {
    changed = box.engine.submit({{"tester", "test"}, quotas}).number != 0 || changed;
  }
  return changed;
}

Json sample() {
  return {{"packages", Json::array({{{"name", "kv"},
                                     {"version", "1.0"},
                                     {"responses", {{"port", "6379"}}},
                                     {"quotas", {{"data", "200mb"}}},
                                     {"stopped", true}}})},
          {"volumes", Json::array({{{"name", "photos"}, {"quota", "200mb"}},
                                   {{"name", "films"}, {"quota", "none"}}})},
          {"settings", {{"default_quota", "1gb"}}}};
}

}  // namespace

TEST_SUITE("api/home") {
  TEST_CASE("all faults of a document come in one answer, each with its place") {
    const auto faults =
        faults_of({{"packages", Json::array({{{"nmae", "web"}, {"enabled", "maybe"}},
                                             {{"name", "kv"}, {"versoin", "1"}}})},
                   {"volumes", Json::array({{{"name", "v"}, {"quota", "2 GiB"}}})},
                   {"repositories",
                    Json::array({{{"name", "r"}, {"url", "http://h/r"}, {"username", "me"}}})},
                   {"settings", Json::array()},
                   {"pacakges", 1}});
    CHECK(faults.at("packages[0].nmae").find("did you mean name?") != std::string::npos);
    CHECK(faults.at("packages[0].name") == "is required");
    CHECK(faults.at("packages[0].enabled") == "must be true or false");
    CHECK(faults.at("packages[1].versoin").find("did you mean version?") != std::string::npos);
    CHECK(faults.at("volumes[0].quota").find("is not a size") != std::string::npos);
    CHECK(faults.contains("repositories[0].password"));
    CHECK(faults.at("settings") == "must be a mapping");
    CHECK(faults.at("pacakges").find("did you mean packages?") != std::string::npos);
    CHECK(faults.size() == 8);
  }

  TEST_CASE("a document that is no mapping, or names something twice, is refused") {
    CHECK(faults_of(Json::array()).contains(""));
    const Json twice = {{"volumes", Json::array({{{"name", "a"}}, {{"name", "a"}}})}};
    CHECK(faults_of(twice).at("volumes[1].name") == "a is named twice");
    const Json instances = {
        {"packages", Json::array({{{"name", "kv"}}, {{"name", "kv"}, {"instance", "two"}}})}};
    CHECK(faults_of(instances).empty());
  }

  TEST_CASE("YAML scalars stay the texts they are, and faults know their line") {
    const auto text = read_home(
        "packages:\n"
        "  - name: web\n"
        "    version: 1.10\n"
        "    responses: {port: 8080, on: yes}\n"
        "    enbled: true\n");
    CHECK(text.document.at("packages")[0].at("version") == "1.10");
    CHECK(text.document.at("packages")[0].at("responses").at("on") == "yes");
    try {
      parse_home(text.document);
      FAIL("was accepted");
    } catch (const InvalidInput& error) {
      const auto faults = with_lines(error.faults(), text.lines);
      REQUIRE(faults.size() == 1);
      CHECK(faults[0].line == 5);
    }
    const auto inner =
        with_lines({{"packages[0].responses.colour", "no such question"}}, text.lines);
    CHECK(inner[0].line == 4);
  }

  TEST_CASE("an empty document asks for nothing") {
    const auto text = read_home("# nothing yet\n");
    const auto home = parse_home(text.document);
    CHECK(plan_home(home, Graph(), Catalog()).requests.empty());
  }

  TEST_CASE("applying twice changes nothing the second time") {
    test::Box box;
    box.offers({test::offer("kv", "1.0", test::kKv)});
    CHECK(apply_to(box, sample()));
    CHECK_FALSE(apply_to(box, sample()));
    const auto graph = box.snapshot().graph;
    CHECK(graph->spec<VolumeSpec>({Kind::volume, "user/films"})->quota == 0);
    CHECK(graph->spec<PackageSpec>({Kind::package, "default/kv"})->stopped);
    CHECK(graph->spec<VolumeSpec>({Kind::volume, "installed/default/kv/1.0/data"})->quota ==
          200U << 20U);
  }

  TEST_CASE("a package that nobody offers any more needs no repository while nothing changes") {
    test::Box box;
    box.offers({test::offer("kv", "1.0", test::kKv)});
    apply_to(box, sample());
    box.offers({});
    CHECK_FALSE(apply_to(box, sample()));
  }

  TEST_CASE("an exported box, applied to an empty one, is the same box") {
    test::Box box;
    box.offers({test::offer("kv", "1.0", test::kKv)});
    apply_to(box, sample());
    const auto exported = export_home(*box.snapshot().graph);

    test::Box other;
    other.offers({test::offer("kv", "1.0", test::kKv)});
    // Through YAML and back: what export prints is what apply reads.
    apply_to(other, read_home(to_yaml(exported)).document);
    CHECK(export_home(*other.snapshot().graph) == exported);
    const auto before = box.snapshot().graph->spec<PackageSpec>({Kind::package, "default/kv"});
    const auto after = other.snapshot().graph->spec<PackageSpec>({Kind::package, "default/kv"});
    CHECK(before->responses == after->responses);
    CHECK(before->quotas == after->quotas);
    CHECK(before->stopped == after->stopped);
  }

  TEST_CASE("a repository with another URL is changed, a new one added, a known one left") {
    Graph graph;
    Resource known;
    known.key = {Kind::repository, "a"};
    known.spec = RepositorySpec{"http://h/a", "me", Secret("pw"), 0};
    graph.put(known);
    Home home;
    home.repositories = {{"a", "http://h/a", "", Secret()}, {"b", "http://h/b", "", Secret()}};
    auto plan = plan_home(home, graph, Catalog());
    CHECK(plan.changed.empty());
    REQUIRE(plan.added.size() == 1);
    CHECK(plan.added[0].name == "b");
    home.repositories[0].url = "http://h/other";
    plan = plan_home(home, graph, Catalog());
    REQUIRE(plan.changed.size() == 1);
    CHECK(plan.changed[0].url == "http://h/other");
  }
}

TEST_SUITE("api/yaml_text") {
  TEST_CASE("what it writes reads back as it was, whatever the texts are") {
    const Json value = {{"a",
                         {{"list", {"x", "yes", "1.10", "", "two words", "a: b", "- c"}},
                          {"empty", Json::object()},
                          {"none", Json::array()}}},
                        {"b", Json::array({Json{{"k", "v"}, {"l", {"1"}}}, Json{{"k", "#"}}})},
                        {"quote\"d", "line\nbreak \\ \t ü"}};
    CHECK(read_home(to_yaml(value)).document == value);
  }
}

}  // namespace town::api

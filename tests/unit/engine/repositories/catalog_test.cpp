#include "engine/repositories/catalog.h"

#include <doctest/doctest.h>

namespace town {

namespace {

using Texts = std::map<std::string, std::vector<std::string>>;  // package -> versions

// A version that begins with '!' cannot be installed.
std::shared_ptr<const RepositoryOffers> repository(const std::string& name, const Texts& packages) {
  auto offers = std::make_shared<RepositoryOffers>();
  offers->name = name;
  for (const auto& [package, versions] : packages) {
    for (const auto& version : versions) {
      auto offer = std::make_shared<Offer>();
      offer->repo = name;
      offer->name = package;
      offer->version = version.substr(version.front() == '!' ? 1 : 0);
      if (version.front() == '!') offer->faults = {{"image", "is missing", 1}};
      offers->packages[package][offer->version] = offer;
    }
  }
  return offers;
}

std::string found(const Catalog& catalog, const std::string& repo, const std::string& name,
                  const std::string& version) {
  const auto offer = catalog.find(repo, name, version);
  return offer ? offer->repo + "/" + offer->version : "";
}

const Catalog two({repository("first", {{"web", {"1.9", "1.10", "3.0"}}, {"kv", {"1.0"}}}),
                   repository("second", {{"web", {"1.9", "2.0"}}})});

}  // namespace

TEST_SUITE("engine/repositories/catalog") {
  TEST_CASE("a bare name comes from the last repository that carries it, at its highest version") {
    CHECK(found(two, "", "web", "") == "second/2.0");
    CHECK(found(two, "", "web", "latest") == "second/2.0");
    CHECK(found(two, "", "kv", "") == "first/1.0");
    CHECK(found(two, "", "nothing", "").empty());
  }

  TEST_CASE("a name with a version comes from the last repository that has exactly it") {
    CHECK(found(two, "", "web", "1.9") == "second/1.9");
    CHECK(found(two, "", "web", "3.0") == "first/3.0");
    CHECK(found(two, "", "web", "9.9").empty());
  }

  TEST_CASE("a lookup in one repository never leaves it") {
    CHECK(found(two, "first", "web", "") == "first/3.0");
    CHECK(found(two, "first", "web", "2.0").empty());
    CHECK(found(two, "second", "kv", "").empty());
    CHECK(found(two, "third", "web", "").empty());
  }

  TEST_CASE("what nobody offers is told with what there is instead") {
    CHECK(two.why_not("third", "web", "latest") == "there is no repository called third");
    CHECK(two.why_not("second", "kv", "latest") == "the repository second offers no kv");
    CHECK(two.why_not("second", "wep", "") ==
          "the repository second offers no wep; did you mean web?");
    CHECK(two.why_not("", "nothing", "latest") == "no repository offers nothing");
    CHECK(two.why_not("first", "web", "9") ==
          "the repository first offers no web 9; there is 3.0, 1.10, 1.9");
    CHECK(two.why_not("", "kv", "9") == "no repository offers kv 9; there is 1.0");
    auto away = std::make_shared<RepositoryOffers>();
    away->name = "away";
    away->error = "it did not answer";
    CHECK(Catalog({away}).why_not("away", "web", "") ==
          "the repository away could not be read yet: it did not answer");
  }

  TEST_CASE("the highest version counts numbers as numbers") {
    const Catalog catalog({repository("r", {{"web", {"1.9", "1.10"}}})});
    CHECK(found(catalog, "", "web", "") == "r/1.10");
  }

  TEST_CASE("a broken version does not take the place of a sound one, but can be looked at") {
    const Catalog catalog({repository("r", {{"web", {"1.0", "!2.0"}}, {"bad", {"!1.0", "!1.1"}}})});
    CHECK(found(catalog, "", "web", "") == "r/1.0");
    CHECK(found(catalog, "", "web", "2.0") == "r/2.0");
    CHECK(found(catalog, "", "bad", "") == "r/1.1");
    CHECK(catalog.versions("web") == std::vector<std::string>{"1.0"});
    CHECK(catalog.versions("bad").empty());
  }

  TEST_CASE("versions of a name are listed over all repositories, highest first and once") {
    CHECK(two.versions("web") == std::vector<std::string>{"3.0", "2.0", "1.10", "1.9"});
    CHECK(two.versions("nothing").empty());
  }

  TEST_CASE("an order that runs in a circle still gives one list, whatever the input order") {
    // 2 < 10 < 1a < 2 (package format 1.5)
    const Catalog catalog({repository("r", {{"web", {"1a", "2", "10"}}})});
    const Catalog split(
        {repository("a", {{"web", {"10"}}}), repository("b", {{"web", {"2", "1a"}}})});
    CHECK(catalog.versions("web").size() == 3);
    CHECK(catalog.versions("web") == split.versions("web"));
  }

  TEST_CASE("a repository is found by its name") {
    REQUIRE(two.repository("second") != nullptr);
    CHECK(two.repository("second")->packages.size() == 1);
    CHECK(two.repository("third") == nullptr);
  }
}

}  // namespace town

#include "engine/repositories/offers.h"

#include <doctest/doctest.h>

#include "tests/unit/engine/git/fixture.h"

namespace town {

namespace {

const std::string kSound = "image: docker.io/library/nginx\ndescription: one\n";
const std::string kOther = "image: docker.io/library/nginx\ndescription: two\n";
const std::string kBroken = "image: [unclosed\n";

struct Fixture {
  TemporaryDirectory scratch;
  Upstream upstream{scratch.path() / "upstream"};
  std::filesystem::path clone = scratch.path() / "clone";
  Git git;

  RepositoryOffers read(const RepositoryOffers* previous = nullptr) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(5);
    git.fetch(clone, {upstream.url(), "", Secret()}, {deadline, {}});
    const auto tree = GitTree::open(clone);
    REQUIRE(tree != nullptr);
    return read_offers(*tree, "r", previous);
  }
};

}  // namespace

TEST_SUITE("engine/repositories/offers") {
  TEST_CASE_FIXTURE(Fixture, "every version file is an offer, and nothing else is") {
    const auto commit = upstream.commit({{"packages/web/1.0.yaml", kSound},
                                         {"packages/web/1.1.yaml", kOther},
                                         {"packages/web/README.md", "words"},
                                         {"packages/web/old/0.9.yaml", kSound},
                                         {"packages/.gitkeep", ""},
                                         {"packages/kv/1.0.yaml", kSound},
                                         {"other/x/1.0.yaml", kSound}});
    const auto offers = read();
    CHECK(offers.name == "r");
    CHECK(offers.commit == commit);
    CHECK(offers.warnings.empty());
    REQUIRE(offers.packages.size() == 2);
    REQUIRE(offers.packages.at("web").size() == 2);
    const auto& offer = offers.packages.at("web").at("1.1");
    CHECK(offer->repo == "r");
    CHECK(offer->name == "web");
    CHECK(offer->version == "1.1");
    CHECK(offer->text == kOther);
    CHECK(offer->digest.size() == 64);
    CHECK(offer->definition.description == "two");
    CHECK(offer->faults.empty());
  }

  TEST_CASE_FIXTURE(Fixture, "a repository without packages is empty, not an error") {
    upstream.commit({{"README", "words"}});
    const auto offers = read();
    CHECK(offers.packages.empty());
    CHECK(offers.warnings.empty());
  }

  TEST_CASE_FIXTURE(Fixture, "one broken file harms only itself") {
    upstream.commit({{"packages/web/1.0.yaml", kSound}, {"packages/web/2.0.yaml", kBroken}});
    const auto offers = read();
    CHECK(offers.packages.at("web").at("1.0")->faults.empty());
    CHECK_FALSE(offers.packages.at("web").at("2.0")->faults.empty());
  }

  TEST_CASE_FIXTURE(Fixture, "reserved and impossible names are skipped with a warning") {
    upstream.commit({{"packages/subpackages/1.0.yaml", kSound},
                     {"packages/a--dep--b/1.0.yaml", kSound},
                     {"packages/-x/1.0.yaml", kSound},
                     {"packages/web/a b.yaml", kSound},
                     {"packages/web/.yaml", kSound},
                     {"packages/web/1.0.yaml", kSound}});
    const auto offers = read();
    REQUIRE(offers.packages.size() == 1);
    CHECK(offers.packages.at("web").size() == 1);
    CHECK(offers.warnings.size() == 5);
  }

  TEST_CASE_FIXTURE(Fixture, "a linked version file is not followed") {
    std::filesystem::create_directories(upstream.directory() / "packages" / "web");
    std::filesystem::create_symlink("/etc/passwd",
                                    upstream.directory() / "packages" / "web" / "1.0.yaml");
    upstream.commit({{"packages/web/2.0.yaml", kSound}});
    CHECK(read().packages.at("web").size() == 1);
  }

  TEST_CASE_FIXTURE(Fixture, "a file is parsed once, however often the repository changes") {
    upstream.commit({{"packages/web/1.0.yaml", kSound}, {"packages/kv/1.0.yaml", kSound}});
    const auto before = read();
    upstream.commit({{"packages/web/1.1.yaml", kOther}, {"packages/web/1.2.yaml", kSound}});
    const auto after = read(&before);
    CHECK(after.packages.at("web").at("1.0") == before.packages.at("web").at("1.0"));
    CHECK(after.packages.at("kv").at("1.0") == before.packages.at("kv").at("1.0"));
    CHECK(after.packages.at("web").at("1.2")->version == "1.2");
    CHECK(after.packages.at("web").at("1.2")->text == kSound);
  }

  TEST_CASE_FIXTURE(Fixture, "a version file that changes in place is another offer") {
    upstream.commit({{"packages/web/1.0.yaml", kSound}});
    const auto before = read();
    upstream.commit({{"packages/web/1.0.yaml", kOther}});
    const auto after = read(&before);
    CHECK(after.packages.at("web").at("1.0")->text == kOther);
    CHECK(after.packages.at("web").at("1.0")->digest !=
          before.packages.at("web").at("1.0")->digest);
  }

  TEST_CASE_FIXTURE(Fixture, "a file that is too large harms only itself, and is never read") {
    upstream.commit({{"packages/web/1.0.yaml", kSound},
                     {"packages/web/2.0.yaml", std::string(10'000'001, '#')}});
    const auto offers = read();
    CHECK(offers.packages.at("web").at("1.0")->faults.empty());
    REQUIRE(offers.packages.at("web").at("2.0")->faults.size() == 1);
    CHECK(offers.packages.at("web").at("2.0")->text.empty());
  }

  TEST_CASE_FIXTURE(Fixture, "one large file in many places does not fill the memory") {
    std::map<std::string, std::string> files;
    const std::string large(9'000'000, '#');
    for (int n = 0; n < 8; ++n) files["packages/web/" + std::to_string(n) + ".yaml"] = large;
    upstream.commit(files);
    const auto offers = read();
    CHECK(offers.packages.at("web").size() == 7);  // 63 of 64 MB
    CHECK(offers.warnings.size() == 1);
  }

  TEST_CASE_FIXTURE(Fixture, "a package has a thousand versions at most") {
    std::map<std::string, std::string> files;
    for (int n = 0; n < 1'010; ++n) files["packages/web/" + std::to_string(n) + ".yaml"] = kSound;
    upstream.commit(files);
    const auto offers = read();
    CHECK(offers.packages.at("web").size() == 1'000);
    CHECK(offers.warnings.size() == 1);
  }

  TEST_CASE_FIXTURE(Fixture, "featured names are read; a malformed list features nothing") {
    upstream.commit({{"featured.json", "[\"web\", \"ghost\"]"}});
    CHECK(read().featured == std::vector<std::string>{"web", "ghost"});
    for (const char* bad : {"{", "{\"web\": 1}", "[\"web\", 1]", "[[[["}) {
      CAPTURE(bad);
      upstream.commit({{"featured.json", bad}});
      const auto offers = read();
      CHECK(offers.featured.empty());
      CHECK(offers.warnings.size() == 1);
    }
  }
}

}  // namespace town

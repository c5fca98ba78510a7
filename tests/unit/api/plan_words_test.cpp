#include "api/plan_words.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/unit/box.h"

namespace town::api {
namespace {

using Json = nlohmann::json;

constexpr auto kWeb = R"(image: nginx:1.26
supplies: [http]
network: {external: {"8080": "80", http: "81"}}
environment: {GREETING: "@greeting@"}
volumes: {html: {mountpoint: /srv, quota: 100mb}}
questions: {greeting: {query: "What to say?", default: hello}}
dependencies: {db: {package: store}}
)";
constexpr auto kStore = R"(image: redis
volumes: {data: {mountpoint: /data, quota: 50mb}}
questions: {password: {query: "Password?", type: secret}}
)";
constexpr DiskFigures kDisk{1ULL << 30U, 0, 1ULL << 30U};

std::unique_ptr<test::Box> box_with_web() {
  auto box = std::make_unique<test::Box>();
  box->offers({test::offer("web", "1.0", kWeb), test::offer("web", "2.0", kWeb),
               test::offer("store", "1.0", kStore)});
  return box;
}

Install install(const std::string& version, const std::string& greeting) {
  Install request;
  request.package = "web";
  request.version = version;
  request.responses = {{"greeting", greeting}};
  return request;
}

Json plan_of(test::Box& box, Request request, DiskFigures disk = kDisk) {
  const auto preview = box.engine.preview({{"tester", "test"}, {std::move(request)}});
  return plan_words(preview, *box.snapshot().graph, {disk, "home"});
}

/// Whether one of the section's sentences holds the text.
bool says(const Json& plan, const char* section, const std::string& text) {
  const auto& sentences = plan.at(section);
  return std::any_of(sentences.begin(), sentences.end(), [&](const Json& sentence) {
    return sentence.get<std::string>().find(text) != std::string::npos;
  });
}

TEST_SUITE("api/plan_words") {
  TEST_CASE("an install tells what comes, where it is found, what it reaches and how to undo it") {
    auto box = box_with_web();
    const auto plan = plan_of(*box, install("1.0", "s3cret"));
    CHECK(says(plan, "create", "of at most 100 MB, installed/default/web/1.0/html"));
    CHECK(says(plan, "create", "store 1.0 from default, as web's own db"));
    CHECK(says(plan, "create", "docker.io/library/nginx:1.26"));
    CHECK(says(plan, "create", "run town-os-package--default-web-1.0.service"));
    CHECK(says(plan, "ports", "port 8080"));
    CHECK_FALSE(says(plan, "ports", "81"));
    CHECK(says(plan, "names", "https://web.default.home/"));
    CHECK(says(plan, "reach", "only they share"));
    CHECK(plan.at("disk").at("needed") == 150 << 20);
    CHECK(plan.at("disk").at("left") == (1 << 30) - (150 << 20));
    CHECK(plan.at("undo").get<std::string>().find("data is kept") != std::string::npos);
    CHECK(plan.dump().find("s3cret") == std::string::npos);
  }

  TEST_CASE("what fills a volume, what runs in it afterwards and whose files it sees is told") {
    test::Box box;
    box.offers(
        {test::offer("photos", "1.0", "image: a\nvolumes: {p: {mountpoint: /p, exported: true}}\n"),
         test::offer("web", "1.0", R"(image: nginx
volumes: {html: {mountpoint: /srv, git: "https://me:s3cret@example.org/x.git"}}
post_install: [one, "two @greeting@"]
questions: {greeting: {query: "What to say?"}}
attach: {pics: {volume: default/photos/p, path: /pics, readonly: true}}
)")});
    box.install("photos");
    REQUIRE(box.settle());
    const auto plan = plan_of(box, install("1.0", "hidden"));
    CHECK(says(plan, "create", "filled from https://example.org/x.git"));
    CHECK(says(plan, "create", "2 commands of town-os-package--default-web-1.0.service"));
    CHECK(says(plan, "reach", "installed/default/photos/1.0/p, which is default/photos's"));
    CHECK(says(plan, "reach", "it may read that"));
    CHECK(says(plan, "reach", "no other file of this box"));
    CHECK(plan.dump().find("s3cret") == std::string::npos);
    CHECK(plan.dump().find("hidden") == std::string::npos);
  }

  TEST_CASE("a disk that is too small is said") {
    auto box = box_with_web();
    const auto plan = plan_of(*box, install("1.0", "hi"), {1 << 30, 1 << 30, 1 << 20});
    CHECK(plan.at("disk").at("sentence").get<std::string>().find("only 1 MB are free") !=
          std::string::npos);
    CHECK(plan.at("disk").at("left") == 0);
  }

  TEST_CASE("a changed answer tells what restarts and creates nothing") {
    auto box = box_with_web();
    box->submit(install("1.0", "hi"));
    REQUIRE(box->settle());
    const auto plan = plan_of(*box, install("1.0", "ho"));
    CHECK(plan.at("create").empty());
    CHECK(says(plan, "change", "town-os-package--default-web-1.0.service restarts"));
    CHECK_FALSE(says(plan, "change", "--dep--db"));
    CHECK(plan.at("disk").at("needed") == 0);
  }

  TEST_CASE("an upgrade tells that the data stays, and needs no disk") {
    auto box = box_with_web();
    box->submit(install("1.0", "hi"));
    REQUIRE(box->settle());
    const auto plan = plan_of(*box, install("2.0", "hi"));
    CHECK(says(plan, "change", "version 2.0 takes the place of 1.0"));
    CHECK(says(plan, "keeps", "installed/default/web/2.0/html"));
    CHECK(plan.at("disk").at("needed") == 0);
    CHECK(plan.at("undo").get<std::string>().find("install web 1.0 again") != std::string::npos);
  }

  TEST_CASE("where nothing changes there is no plan") {
    auto box = box_with_web();
    box->submit(install("1.0", "hi"));
    const auto plan = plan_of(*box, install("1.0", "hi"));
    CHECK(plan.empty());
    CHECK(plan_lines(plan).empty());
  }
}

}  // namespace
}  // namespace town::api

#include "api/await.h"

#include <doctest/doctest.h>

#include "api/progress.h"
#include "tests/unit/box.h"

namespace town::api {
namespace {

using namespace std::chrono_literals;

constexpr auto kWeb = R"(image: nginx:1.26
volumes:
  html: {mountpoint: /srv, quota: 100mb}
)";

const Key kPackage{Kind::package, "default/web"};
const std::string kUnitName = "town-os-package--default-web-1.0.service";

test::Box& with_web(test::Box& box) {
  box.offers({test::offer("web", "1.0", kWeb)});
  return box;
}

AwaitOptions soon() { return {std::chrono::steady_clock::now() + 5s, 0s, {}}; }

}  // namespace

TEST_SUITE("api/await") {
  TEST_CASE("an install is done when all that it owns is ready") {
    test::Box box;
    const auto accepted = with_web(box).install("web");
    CHECK(assess(box.snapshot(), accepted.declared).verdict.word == Verdict::Word::waiting);
    REQUIRE(box.settle());
    const auto verdict = await_settled(*box.store, accepted.declared, accepted.revision, soon(),
                                       [](const Snapshot&) { return true; });
    CHECK(verdict.word == Verdict::Word::done);
    CHECK(verdict.message.empty());
  }

  TEST_CASE("a service that does not start fails no install, but is named") {
    test::Box box;
    box.machine->on_call([](const std::string& call) {
      if (call.starts_with("systemd.start")) {
        throw Error(Code::remote, "JobFailed", "the service ended at once");
      }
    });
    const auto accepted = with_web(box).install("web");
    for (int i = 0; i < 5; ++i) {
      for (auto& loop : box.loops) loop->pass();
    }
    const auto seen = assess(box.snapshot(), accepted.declared);
    CHECK(seen.verdict.word == Verdict::Word::done);
    CHECK(seen.verdict.message.find("the service ended at once") != std::string::npos);
  }

  TEST_CASE(
      "a quota below what is stored is set all the same, and the wait ends with what that means") {
    test::Box box;
    with_web(box).install("web");
    REQUIRE(box.settle());
    const Key html{Kind::volume, "installed/default/web/1.0/html"};
    box.machine->set_used(html.name, 50 << 20);
    const auto accepted = box.submit(ModifyVolume{html.name, "", 10 << 20});
    REQUIRE(box.settle());
    const auto seen = assess(box.snapshot(), accepted.declared);
    CHECK(seen.verdict.word == Verdict::Word::done);
    CHECK(seen.verdict.message.find("more than its quota of 10 MB") != std::string::npos);
  }

  TEST_CASE("an image that cannot be had fails it, once it has lasted") {
    test::Box box;
    box.machine->offer_images({"docker.io/library/other:1"});
    const auto accepted = with_web(box).install("web");
    for (int i = 0; i < 3; ++i) {
      for (auto& loop : box.loops) loop->pass();
    }
    const auto seen = assess(box.snapshot(), accepted.declared);
    CHECK(seen.verdict.word == Verdict::Word::failed);
    const auto verdict = await_settled(*box.store, accepted.declared, accepted.revision, soon(),
                                       [](const Snapshot&) { return true; });
    CHECK(verdict.word == Verdict::Word::failed);
    CHECK_FALSE(verdict.message.empty());
  }

  TEST_CASE("waiting ends at the deadline, and when nobody listens any more") {
    test::Box box;
    const auto accepted = with_web(box).install("web");
    AwaitOptions over{std::chrono::steady_clock::now(), 0s, {}};
    CHECK(
        await_settled(*box.store, accepted.declared, accepted.revision, over, [](const Snapshot&) {
          return true;
        }).word == Verdict::Word::waiting);
    CHECK(await_settled(*box.store, accepted.declared, accepted.revision, soon(),
                        [](const Snapshot&) { return false; })
              .word == Verdict::Word::waiting);
  }

  TEST_CASE("an install that somebody takes back meanwhile is not called done") {
    test::Box box;
    const auto accepted = with_web(box).install("web");
    bool first = true;
    const auto verdict = await_settled(*box.store, accepted.declared, accepted.revision, soon(),
                                       [&](const Snapshot&) {
                                         Uninstall request;
                                         request.repo = "default";
                                         request.name = "web";
                                         if (std::exchange(first, false)) box.submit(request);
                                         return true;
                                       });
    CHECK(verdict.word == Verdict::Word::failed);
    CHECK(verdict.message.find("default/web was removed") != std::string::npos);
  }

  TEST_CASE("an uninstall is done when everything is gone but the data that is kept") {
    test::Box box;
    with_web(box).install("web");
    REQUIRE(box.settle());
    Uninstall request;
    request.repo = "default";
    request.name = "web";
    const auto accepted = box.submit(std::move(request));
    CHECK(assess(box.snapshot(), accepted.declared).verdict.word == Verdict::Word::waiting);
    REQUIRE(box.settle());
    CHECK(assess(box.snapshot(), accepted.declared).verdict.word == Verdict::Word::done);
  }
}

TEST_SUITE("api/progress") {
  TEST_CASE("each kind of work is named once, when it is first seen") {
    test::Box box;
    const auto accepted = with_web(box).install("web");
    StepTeller steps(accepted.declared);
    std::vector<std::string> told;
    for (int i = 0; i < 20; ++i) {
      for (auto& loop : box.loops) {
        loop->pass();
        for (auto& step : steps.news(box.snapshot())) told.push_back(std::move(step));
      }
    }
    CHECK(std::count(told.begin(), told.end(), "installing_services") <= 1);
    CHECK(steps.news(box.snapshot()).empty());
    for (const auto& step : told) CHECK(step.find("waiting for") == std::string::npos);
  }
}

}  // namespace town::api

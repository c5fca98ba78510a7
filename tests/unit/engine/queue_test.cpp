#include "engine/queue.h"

#include <doctest/doctest.h>

namespace town {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

const Key kA{Kind::unit, "a"};
const Key kB{Kind::unit, "b"};

/// A queue whose time stands still until it is moved.
struct Fixture {
  Steady::time_point now = Steady::now();
  Queue queue{[this] { return now; }};

  std::vector<Key> take() { return queue.take(now, {}).keys; }
};

TEST_SUITE("engine/queue") {
  TEST_CASE_FIXTURE(Fixture, "a key that is added twice comes once") {
    queue.add(kB, false);
    queue.add(kA, false);
    queue.add(kB, false);
    CHECK(take() == std::vector{kA, kB});
    CHECK(take().empty());
  }

  TEST_CASE_FIXTURE(Fixture, "a key that is being worked on comes back when it is done") {
    queue.working(kA);
    queue.add(kA, false);
    CHECK(take().empty());
    queue.done(kA);
    CHECK(take() == std::vector{kA});
  }

  TEST_CASE_FIXTURE(Fixture, "a failure waits 1 s, then twice as long each time, 5 min at most") {
    auto expected = 1000ms;
    for (int i = 0; i < 12; ++i) {
      const auto delay = queue.failed(kA);
      CHECK(delay >= expected * 8 / 10);
      CHECK(delay <= expected * 12 / 10);
      expected = std::min<std::chrono::milliseconds>(expected * 2, 300'000ms);
    }
  }

  TEST_CASE_FIXTURE(Fixture,
                    "a key in backoff comes when its time has come, or when something is heard") {
    const auto delay = queue.failed(kA);
    CHECK(take().empty());
    CHECK(queue.backoff(kA) > 0ms);
    queue.add(kA, false);
    CHECK(take() == std::vector{kA});
    CHECK(queue.backoff(kA) > 0ms);
    queue.add_after(kA, queue.backoff(kA));
    now += delay + 1ms;
    CHECK(take() == std::vector{kA});
    CHECK(queue.backoff(kA) == 0ms);
  }

  TEST_CASE_FIXTURE(Fixture, "a changed wish forgets the backoff of the old one") {
    queue.failed(kA);
    queue.add(kA, true);
    CHECK(queue.backoff(kA) == 0ms);
  }

  TEST_CASE_FIXTURE(
      Fixture,
      "the fourth repair within a minute backs off, and being well for a moment does not help") {
    for (int i = 0; i < 3; ++i) CHECK_FALSE(queue.repaired(kA));
    CHECK(queue.repaired(kA));
    CHECK(queue.backoff(kA) > 0ms);
    queue.succeeded(kA);
    CHECK(queue.backoff(kA) > 0ms);
    now += 61s;
    queue.succeeded(kA);
    CHECK_FALSE(queue.repaired(kA));
  }
}

}  // namespace
}  // namespace town

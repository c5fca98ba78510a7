#include "engine/repositories/schedule.h"

#include <doctest/doctest.h>

#include <future>
#include <thread>

namespace town {

namespace {

using std::chrono::hours;

const std::stop_token kNever;

}  // namespace

TEST_SUITE("engine/repositories/schedule") {
  TEST_CASE("what somebody waits for comes before what is only due") {
    Schedule schedule;
    schedule.soon("a");
    schedule.soon("b");
    schedule.ask("c");
    CHECK(schedule.next(kNever) == "c");
    CHECK(schedule.next(kNever) == "a");
    CHECK(schedule.next(kNever) == "b");
  }

  TEST_CASE("due twice is due once, and nobody gets what another is at work on") {
    Schedule schedule;
    schedule.soon("a");
    schedule.soon("a");
    CHECK(schedule.next(kNever) == "a");
    schedule.soon("a");  // comes again only after the work is done
    schedule.soon("b");
    CHECK(schedule.next(kNever) == "b");
    schedule.done("a", hours(1));
    CHECK(schedule.next(kNever) == "a");
  }

  TEST_CASE("a look that began before the question is not its answer") {
    Schedule schedule;
    schedule.soon("a");
    REQUIRE(schedule.next(kNever) == "a");
    const auto ticket = schedule.ask("a");
    auto answered =
        std::async(std::launch::async, [&] { return schedule.await("a", ticket, kNever); });
    schedule.done("a", hours(1));
    REQUIRE(schedule.next(kNever) == "a");
    CHECK(answered.wait_for(std::chrono::seconds(0)) == std::future_status::timeout);
    schedule.done("a", hours(1));
    CHECK(answered.get());
  }

  TEST_CASE("whoever waits for what is forgotten is let go") {
    Schedule schedule;
    const auto ticket = schedule.ask("a");
    REQUIRE(schedule.next(kNever) == "a");
    schedule.forget("a");
    CHECK(schedule.await("a", ticket, kNever));
  }

  TEST_CASE("what is asked for while it is being forgotten is not lost") {
    Schedule schedule;
    schedule.soon("a");
    REQUIRE(schedule.next(kNever) == "a");
    schedule.soon("a");
    schedule.forget("a");
    CHECK(schedule.next(kNever) == "a");
  }

  TEST_CASE("a pause of nothing is due at once, a long one is not") {
    Schedule schedule;
    schedule.soon("a");
    REQUIRE(schedule.next(kNever) == "a");
    schedule.done("a", hours(1));
    schedule.soon("b");
    CHECK(schedule.next(kNever) == "b");
    schedule.done("b", hours(0));
    CHECK(schedule.next(kNever) == "b");
  }

  TEST_CASE("claiming waits for the one at work, and everybody stops when asked to") {
    Schedule schedule;
    std::stop_source stop;
    REQUIRE(schedule.claim("a", kNever));
    auto claimed =
        std::async(std::launch::async, [&] { return schedule.claim("a", stop.get_token()); });
    auto next = std::async(std::launch::async, [&] { return schedule.next(stop.get_token()); });
    schedule.done("a", hours(1));
    CHECK(claimed.get());
    stop.request_stop();
    CHECK_FALSE(next.get().has_value());
    CHECK_FALSE(schedule.claim("a", stop.get_token()));
  }
}

}  // namespace town

#include "state/clock.h"

#include <doctest/doctest.h>

#include "state/error.h"

namespace town {

TEST_SUITE("state/clock") {
  TEST_CASE("a time is written in UTC with whole seconds, and read back") {
    const Time time = std::chrono::system_clock::from_time_t(1735689600);
    CHECK(to_rfc3339(time) == "2025-01-01T00:00:00Z");
    CHECK(from_rfc3339("2025-01-01T00:00:00Z") == time);
  }

  TEST_CASE("text that is not exactly such a time is refused") {
    for (const auto* text : {"", "2025-01-01", "2025-01-01T00:00:00", "2025-02-30T00:00:00Z",
                             "2025-01-01T00:00:00Z and more", "2025-1-1T0:0:0Z"}) {
      CAPTURE(text);
      CHECK_THROWS_AS(from_rfc3339(text), Error);
    }
  }

  TEST_CASE("the machine's clock does not stand still") {
    const SystemClock clock;
    CHECK(clock.now() > std::chrono::system_clock::from_time_t(1735689600));
  }
}

}  // namespace town

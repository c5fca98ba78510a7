#include "state/event.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

namespace town {

TEST_SUITE("state/event") {
  TEST_CASE("an event reads back from its JSON") {
    const Event event{7,
                      Key{Kind::volume, "user/photos"},
                      true,
                      "DriftRepaired",
                      "quota was 5 MB by hand, set back to 20 MB",
                      from_rfc3339("2025-01-01T00:00:00Z"),
                      from_rfc3339("2025-01-02T00:00:00Z"),
                      3};
    CHECK(event_from_json(to_json(event)) == event);
    CHECK(to_json(event).at("key") == "volume/user/photos");
  }
}

}  // namespace town

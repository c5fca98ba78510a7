#include "state/intent.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

namespace town {

TEST_SUITE("state/intent") {
  TEST_CASE("an intent reads back from its JSON") {
    const IntentRecord intent{3,
                              9,
                              from_rfc3339("2025-01-01T00:00:00Z"),
                              {"erika", "townctl"},
                              "install",
                              "install default/nginx 2.0",
                              {Key{Kind::package, "default/nginx"}},
                              {Key{Kind::answers, "default/nginx"}}};
    CHECK(intent_from_json(to_json(intent)) == intent);
    CHECK(to_json(intent).at("author").at("hand") == "townctl");
    CHECK(to_json(intent).at("put") == nlohmann::json::array({"package/default/nginx"}));
  }
}

}  // namespace town

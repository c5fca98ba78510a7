#include "state/key.h"

#include <doctest/doctest.h>

namespace town {

TEST_SUITE("state/key") {
  TEST_CASE("a key reads back from its own text") {
    const Key key{Kind::volume, "default/nginx/2.0/html"};
    CHECK(to_string(key) == "volume/default/nginx/2.0/html");
    CHECK(parse_key(to_string(key)) == key);
  }

  TEST_CASE("a text without a known kind or without a name is no key") {
    CHECK_FALSE(parse_key("gadget/x").has_value());
    CHECK_FALSE(parse_key("volume/").has_value());
    CHECK_FALSE(parse_key("volume").has_value());
  }
}

}  // namespace town

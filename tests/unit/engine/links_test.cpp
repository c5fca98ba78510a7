#include "engine/links.h"

#include <doctest/doctest.h>

namespace town {

TEST_SUITE("engine/links") {
  TEST_CASE("a link leads out where it is absolute or climbs above the top") {
    CHECK(leads_out("a", "/etc"));
    CHECK(leads_out("a", ".."));
    CHECK(leads_out("a/b", "../.."));
    CHECK(leads_out("a/b", "../../a/b"));
    CHECK(leads_out("a/b", "c/../../../d"));
    CHECK_FALSE(leads_out("a", "b"));
    CHECK_FALSE(leads_out("a", "."));
    CHECK_FALSE(leads_out("a/b", ".."));
    CHECK_FALSE(leads_out("a/b", "../c//./d"));
    CHECK_FALSE(leads_out("a/b/c", "../../x"));
  }
}

}  // namespace town

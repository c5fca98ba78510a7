#include "state/secret.h"

#include <doctest/doctest.h>

#include <sstream>

namespace town {

TEST_SUITE("state/secret") {
  TEST_CASE("a secret prints as stars and is seen only where it is asked for") {
    const Secret secret("hunter2");
    std::ostringstream out;
    out << secret;
    CHECK(out.str() == "***");
    CHECK(secret.reveal() == "hunter2");
    CHECK_FALSE(secret.empty());
    CHECK(Secret().empty());
  }
}

}  // namespace town

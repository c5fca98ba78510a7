#include "state/error.h"

#include <doctest/doctest.h>

namespace town {

TEST_SUITE("state/error") {
  TEST_CASE("an error carries its code, its reason and its sentence") {
    const Error error(Code::unavailable, "StoreLocked", "the store is in use");
    CHECK(error.code() == Code::unavailable);
    CHECK(error.reason() == "StoreLocked");
    CHECK(std::string(error.what()) == "the store is in use");
    CHECK(to_string(Code::not_found) == "not_found");
  }

  TEST_CASE("faults in an input are all told, with their fields") {
    const InvalidInput error("BadPackage",
                             {{"volumes.data.quota", "is negative", 3}, {"", "has no name"}});
    CHECK(std::string(error.what()) == "volumes.data.quota: is negative; has no name");
    CHECK(error.faults().size() == 2);
    CHECK(error.code() == Code::invalid);
  }
}

}  // namespace town

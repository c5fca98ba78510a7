#include "engine/package/version.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace town::package {

TEST_SUITE("engine/package/version") {
  TEST_CASE("versions compare segment by segment (package format 1.5)") {
    struct Row {
      const char* a;
      const char* b;
      int order;
    };
    for (const Row& row :
         {Row{"1.9", "1.10", -1}, Row{"1", "1.0", -1}, Row{"1.0", "1.0-rc1", -1},
          Row{"01.2", "1.2", 0}, Row{"2.0", "10.0", -1}, Row{"10", "1a", -1}, Row{"1a", "2", -1},
          Row{"", "", 0}, Row{"", "0", -1}, Row{"1.2.3", "1.2.3", 0}, Row{"-1", "1", -1},
          Row{"9223372036854775808", "1", 1}, Row{"1.", "1", 0}}) {
      CAPTURE(row.a);
      CAPTURE(row.b);
      CHECK(compare_versions(row.a, row.b) == row.order);
      CHECK(compare_versions(row.b, row.a) == -row.order);
    }
  }

  TEST_CASE("the latest is the same in whatever order the versions come") {
    std::vector<std::string> versions{"10", "1a", "2", "1.0"};
    const std::string best = latest(versions);
    std::ranges::sort(versions);
    do {
      CHECK(latest(versions) == best);
    } while (std::ranges::next_permutation(versions).found);
  }

  TEST_CASE("among equal versions the last in byte order is the latest") {
    CHECK(latest({"1.2", "01.2"}) == "1.2");
    CHECK(latest({"1.9", "1.10", "1.2"}) == "1.10");
    CHECK(latest({}).empty());
  }
}

}  // namespace town::package

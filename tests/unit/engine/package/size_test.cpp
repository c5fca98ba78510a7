#include "engine/package/size.h"

#include <doctest/doctest.h>

#include <limits>

namespace town::package {

TEST_SUITE("engine/package/size") {
  TEST_CASE("sizes are whole numbers of bytes, megabytes, gigabytes or terabytes") {
    CHECK(parse_size("") == 0);
    CHECK(parse_size("  ") == 0);
    CHECK(parse_size("0") == 0);
    CHECK(parse_size("0gb") == 0);
    CHECK(parse_size("1048576") == 1048576);
    CHECK(parse_size("512mb") == 536870912);
    CHECK(parse_size(" 2 GB ") == 2147483648);
    CHECK(parse_size("1Tb") == 1099511627776);
    CHECK(parse_size("18446744073709551615") == std::numeric_limits<std::uint64_t>::max());
  }

  TEST_CASE("anything else is no size") {
    for (const char* bad :
         {"1.5gb", "512kb", "10g", "5 GiB", "-1", "+1", "gb", "1e3", "0x10", "1 2mb", "twelve",
          "18446744073709551616", "16777216tb", "99999999999999999999gb"}) {
      CAPTURE(bad);
      CHECK_FALSE(parse_size(bad).has_value());
    }
  }

  TEST_CASE("durations are seconds with one unit at most") {
    CHECK(parse_duration("") == 0);
    CHECK(parse_duration("90") == 90);
    CHECK(parse_duration("90s") == 90);
    CHECK(parse_duration("5M") == 300);
    CHECK(parse_duration(" 2 h") == 7200);
    CHECK(parse_duration("30d") == 2592000);
    for (const char* bad : {"1h30m", "5ms", "-5s", "1.5h", "d", "5 minutes", "213503982334602d"}) {
      CAPTURE(bad);
      CHECK_FALSE(parse_duration(bad).has_value());
    }
  }

  TEST_CASE("a port is a number from 1 to 65535") {
    CHECK(parse_port("80") == 80);
    CHECK(parse_port("0080") == 80);
    CHECK(parse_port("65535") == 65535);
    for (const char* bad :
         {"", "0", "65536", "-1", "+80", "8o", "80 ", "0x50", "99999999999999999999"})
      CHECK_FALSE(parse_port(bad).has_value());
  }
}

}  // namespace town::package

#include "state/digest.h"

#include <doctest/doctest.h>

namespace town {

TEST_SUITE("state/digest") {
  // Both from the standards: FIPS 180-4 example, RFC 7693 with a 16 byte result.
  TEST_CASE("the hashes are SHA-256 and BLAKE2b") {
    CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(short_digest("abc") == "cf4ab791c62b8d2b2109c90275287816");
  }

  TEST_CASE("the digest of nothing is a digest too") {
    CHECK(sha256_hex("").size() == 64);
    CHECK(short_digest("").size() == 32);
  }

  TEST_CASE("random text has the asked length and does not repeat") {
    const auto text = random_hex(16);
    CHECK(text.size() == 32);
    CHECK(text.find_first_not_of("0123456789abcdef") == std::string::npos);
    CHECK(text != random_hex(16));
  }
}

}  // namespace town

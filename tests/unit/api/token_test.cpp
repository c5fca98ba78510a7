#include "api/token.h"

#include <doctest/doctest.h>

#include "api/password.h"

namespace town::api {

TEST_SUITE("api/token") {
  TEST_CASE("a token gives back what it was made of") {
    const Tokens tokens(Secret("0123456789abcdef0123456789abcdef"));
    const auto claims = tokens.verify(tokens.issue({"id-1", "ada"}, Time{}));
    REQUIRE(claims.has_value());
    CHECK(claims->session_id == "id-1");
    CHECK(claims->username == "ada");
  }

  TEST_CASE("a token of another key, a changed one, and a text that is none are refused") {
    const Tokens tokens(Secret("0123456789abcdef0123456789abcdef"));
    const Tokens others(Secret("ffffffffffffffffffffffffffffffff"));
    auto token = tokens.issue({"id-1", "ada"}, Time{});
    CHECK_FALSE(others.verify(token).has_value());
    token[token.find('.') + 3] ^= 1;
    CHECK_FALSE(tokens.verify(token).has_value());
    CHECK_FALSE(tokens.verify("").has_value());
    CHECK_FALSE(tokens.verify(std::string(10'000, 'a')).has_value());
  }

  TEST_CASE("an unsigned token that says so is refused") {
    const Tokens tokens(Secret("0123456789abcdef0123456789abcdef"));
    // {"alg":"none","typ":"JWT"} . {"session_id":"id-1","username":"ada"} . nothing
    CHECK_FALSE(tokens
                    .verify("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0."
                            "eyJzZXNzaW9uX2lkIjoiaWQtMSIsInVzZXJuYW1lIjoiYWRhIn0.")
                    .has_value());
  }
}

TEST_SUITE("api/password") {
  TEST_CASE("a hash is argon2id with at least 64 MiB, and only the right password fits it") {
    const auto hash = hash_password(Secret("correct horse"));
    CHECK(hash.starts_with("$argon2id$v=19$m=65536,"));
    CHECK(verify_password(Secret("correct horse"), hash));
    CHECK_FALSE(verify_password(Secret("wrong horse"), hash));
    CHECK_FALSE(verify_password(Secret(""), hash));
  }

  TEST_CASE("nobody's password is never right") {
    CHECK_FALSE(verify_nobody(Secret("nobody has this password")));
  }
}

}  // namespace town::api

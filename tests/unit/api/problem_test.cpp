#include "api/problem.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

namespace town::api {

using Json = nlohmann::json;

TEST_SUITE("api/problem") {
  TEST_CASE("a failure is a problem object with a type, a title, a status and a detail") {
    const auto response = problem(Error(Code::not_found, "UnknownThing", "there is no such thing"));
    CHECK(response.status == 404);
    CHECK(response.content_type == "application/problem+json");
    CHECK(Json::parse(response.body) == Json{{"type", "about:blank#404"},
                                             {"title", "Not Found"},
                                             {"status", 404},
                                             {"detail", "there is no such thing"}});
  }

  TEST_CASE("each code has its status") {
    const auto status = [](Code code) { return status_of(Error(code, "X", "x")); };
    CHECK(status(Code::invalid) == 400);
    CHECK(status(Code::denied) == 403);
    CHECK(status(Code::not_found) == 404);
    CHECK(status(Code::conflict) == 409);
    CHECK(status(Code::remote) == 502);
    CHECK(status(Code::unavailable) == 503);
    CHECK(status(Code::internal) == 500);
    CHECK(status_of(Refusal(401, "NoToken", "x")) == 401);
  }

  TEST_CASE("bad input lists all faults in one detail") {
    const auto response =
        problem(InvalidInput("InvalidRequest", {{"name", "is required"}, {"quota", "too big"}}));
    CHECK(response.status == 400);
    const auto body = Json::parse(response.body);
    CHECK(body.at("detail") == "name: is required; quota: too big");
    CHECK_FALSE(body.contains("validation_errors"));
  }

  TEST_CASE("bad answers are 422, with one entry per question") {
    const auto response = problem(InvalidInput(
        "InvalidAnswers", {{"responses.port", "must be a port"}, {"responses.pw", "is empty"}}));
    CHECK(response.status == 422);
    CHECK(Json::parse(response.body).at("validation_errors") ==
          Json::parse(R"([{"name":"port","error":"must be a port"},
                          {"name":"pw","error":"is empty"}])"));
  }

  TEST_CASE("what follows a credential's name is redacted, and sentences are not") {
    CHECK(redact("password=hunter2 and more") == "password=[REDACTED] and more");
    CHECK(redact(R"({"Token": "abc", "x": 1})") == R"({"Token": [REDACTED], "x": 1})");
    CHECK(redact("secret: a,b") == "secret: [REDACTED],b");
    CHECK(redact("missing authorization token") == "missing authorization token");
    CHECK(redact("the password is too short") == "the password is too short");
  }

  TEST_CASE("a field called password does not eat the sentence about it") {
    const auto response = problem(InvalidInput("X", {{"password", "must be longer"}}));
    CHECK(Json::parse(response.body).at("detail") == "password: must be longer");
  }

  TEST_CASE("a detail is never empty") {
    CHECK(Json::parse(problem(500, "").body).at("detail") == "Internal Server Error");
  }
}

}  // namespace town::api

#include "api/accounts.h"

#include <doctest/doctest.h>

#include "api/routes/routes.h"
#include "tests/unit/api/support.h"

namespace town::api {
namespace {

using Json = nlohmann::json;

Json account(const std::string& username, bool admin) {
  return {{"username", username}, {"password", kPassword},   {"email", "a@b.cd"},
          {"phone", "555"},       {"real_name", "A Person"}, {"admin", admin}};
}

}  // namespace

TEST_SUITE("api/accounts") {
  TEST_CASE("the first admin is created by anybody, the next account only by an admin") {
    Box box(account_routes);
    const auto first = box.post("/account/create", account("ada", true));
    REQUIRE(first.status == 200);
    CHECK(first.json().at("username") == "ada");
    CHECK(first.json().at("admin") == true);
    CHECK(first.json().at("created_at") == "2030-01-02T03:04:05Z");
    CHECK_FALSE(first.json().contains("password"));
    CHECK_FALSE(first.json().contains("hash"));

    const auto second = box.post("/account/create", account("bob", false));
    CHECK(second.status == 401);
    CHECK(second.detail() == "missing authorization token");
    const auto login =
        box.post("/account/authenticate", {{"username", "ada"}, {"password", kPassword}});
    REQUIRE(login.status == 200);
    const std::string token = login.json().at("token");
    CHECK(login.json().at("account").at("username") == "ada");
    CHECK(box.post("/account/create", account("bob", false), token).status == 200);
    CHECK(box.get("/account/me", token).json() == Json{{"username", "ada"}});
  }

  TEST_CASE("a forged token is ignored while the box has no admin") {
    Box box(account_routes);
    CHECK(box.post("/account/create", account("ada", false), "forged").status == 200);
    CHECK_FALSE(box.accounts->has_admin());
  }

  TEST_CASE("a taken name gives no hint that it exists") {
    Box box(account_routes);
    const auto token = box.token_of("root", true);
    const auto answer = box.post("/account/create", account("root", false), token);
    CHECK(answer.status == 400);
    CHECK(answer.detail() == "account creation failed");
  }

  TEST_CASE("all faults of a new account come in one answer") {
    Box box(account_routes);
    const auto answer = box.post("/account/create", {{"username", "ada"},
                                                     {"password", "short"},
                                                     {"email", "a b@c"},
                                                     {"phone", "x"},
                                                     {"real_name", " "}});
    CHECK(answer.status == 400);
    for (const char* field : {"password:", "email:", "phone:", "real_name:"}) {
      CHECK(answer.detail().find(field) != std::string::npos);
    }
  }

  TEST_CASE("wrong password, unknown user and disabled account read the same") {
    Box box(account_routes);
    box.post("/account/create", account("ada", true));
    box.post("/account/create", account("eve", false), box.sessions->open("ada"));
    box.accounts->set_disabled("eve", true);
    const auto wrong = box.post("/account/authenticate", {{"username", "ada"}, {"password", "x"}});
    const auto unknown = box.post("/account/authenticate", {{"username", "no"}, {"password", "x"}});
    const auto disabled =
        box.post("/account/authenticate", {{"username", "eve"}, {"password", kPassword}});
    CHECK(wrong.status == 401);
    CHECK(wrong.body == R"({"detail":"invalid credentials","status":401,"title":"Unauthorized",)"
                        R"("type":"about:blank#401"})");
    CHECK(unknown.body == wrong.body);
    CHECK(disabled.body == wrong.body);
  }

  TEST_CASE("an account changes itself, an admin others, and nobody who is an admin") {
    Box box(account_routes);
    const auto admin = box.token_of("root", true);
    const auto bob = box.token_of("bob", false);
    const auto change = [](const std::string& who, const Json& fields) {
      return Json{{"username", who}, {"fields", fields}};
    };
    CHECK(box.post("/account/update", change("bob", {{"phone", "777"}}), bob).json().at("phone") ==
          "777");
    CHECK(box.post("/account/update", change("root", {{"phone", "1"}}), bob).status == 403);
    CHECK(box.post("/account/update", change("bob", {{"phone", "1"}}), admin).status == 200);
    CHECK(box.post("/account/update", change("bob", {{"admin", false}}), bob).status == 403);
    CHECK(box.post("/account/update", change("no", {{"phone", "1"}}), admin).status == 404);
    CHECK(box.post("/account/update", change("bob", {{"email", "x"}}), bob).status == 400);
  }

  TEST_CASE("disabling ends an account's sessions, and enabling does not revive them") {
    Box box(account_routes);
    const auto admin = box.token_of("root", true);
    const auto bob = box.token_of("bob", false);
    CHECK(box.get("/account/me", bob).status == 200);
    CHECK(box.post("/account/disable", {{"username", "bob"}}, admin).status == 200);
    CHECK(box.get("/account/me", bob).detail() == "invalid session");
    CHECK(box.post("/account/enable", {{"username", "bob"}}, admin).status == 200);
    CHECK(box.get("/account/me", bob).status == 401);
    CHECK(box.post("/account/disable", {{"username", "no"}}, admin).status == 404);
  }

  TEST_CASE("the way in is open again when all admins are disabled") {
    Box box(account_routes);
    const auto admin = box.token_of("root", true);
    CHECK(box.post("/account/disable", {{"username", "root"}}, admin).status == 200);
    CHECK(box.post("/account/create", account("ada", true)).status == 200);
  }
}

TEST_SUITE("api/sessions") {
  TEST_CASE("a session ends seven days after its last use, not after its beginning") {
    Box box(account_routes);
    const auto token = box.token_of("bob", false);
    for (int day = 0; day < 20; ++day) {
      box.clock.time += std::chrono::hours(24);
      REQUIRE(box.get("/account/me", token).status == 200);
    }
    box.clock.time += std::chrono::hours(24 * 7);
    CHECK(box.get("/account/me", token).status == 401);
    CHECK(box.sessions->of("bob").empty());
  }

  TEST_CASE("sessions list the last used first and hold the present one") {
    Box box(account_routes);
    const auto old = box.token_of("bob", false);
    box.clock.time += std::chrono::seconds(10);
    box.sessions->open("bob");
    box.clock.time += std::chrono::seconds(10);
    const auto list = box.get("/account/sessions", old).json();
    REQUIRE(list.size() == 2);
    CHECK(list[0].at("last_used") == "2030-01-02T03:04:25Z");
    CHECK(list[0].at("created_at") == "2030-01-02T03:04:05Z");
    CHECK(list[1].at("created_at") == "2030-01-02T03:04:15Z");
  }

  TEST_CASE("a revoked session's token is refused from then on") {
    Box box(account_routes);
    const auto bob = box.token_of("bob", false);
    const std::string id = box.sessions->of("bob").front().id;
    const auto eve = box.token_of("eve", false);
    CHECK(box.post("/account/session/revoke", {{"session_id", id}}, eve).status == 403);
    CHECK(box.post("/account/session/revoke", {{"session_id", "no"}}, bob).status == 404);
    CHECK(box.post("/account/session/revoke", {{"session_id", id}}, bob).status == 200);
    CHECK(box.get("/account/me", bob).detail() == "invalid session");
  }

  TEST_CASE("without a key of its own a new start forgets every session, with one it keeps them") {
    TestClock clock;
    const auto store = Store::open({"sessions", true, &clock, {}});
    const Sessions::Options kept{Secret("0123456789abcdef0123456789abcdef"), true};
    std::string token;
    {
      Sessions sessions(*store, clock, kept);
      token = sessions.open("bob");
    }
    {
      Sessions sessions(*store, clock, kept);
      CHECK(sessions.use(token).has_value());
    }
    Sessions sessions(*store, clock, Sessions::Options{});
    CHECK_FALSE(sessions.use(token).has_value());
    CHECK(sessions.of("bob").empty());
  }

  TEST_CASE("using a session does not write to the disk each time") {
    Box box(account_routes);
    const auto token = box.token_of("bob", false);
    const auto before = box.store->synced_writes();
    for (int i = 0; i < 10; ++i) box.get("/account/me", token);
    CHECK(box.store->synced_writes() == before);
  }
}

}  // namespace town::api

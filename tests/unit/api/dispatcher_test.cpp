#include "api/dispatcher.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "api/problem.h"
#include "api/sse.h"
#include "tests/unit/api/support.h"

namespace town::api {
namespace {

using Json = nlohmann::json;

std::vector<Route> sample_routes(Services&) {
  const auto echo = [](const Call& call) { return json_answer(call.body); };
  return {
      {"GET", "/open", Gate::open, "",
       [](const Call&) {
         return json_answer({{"ok", true}});
       }},
      {"POST", "/account", Gate::account, "touch", echo},
      {"POST", "/admin", Gate::admin, "rule", echo},
      {"GET", "/tree/*", Gate::account, "",
       [](const Call& call) {
         return json_answer({{"rest", call.rest}});
       }},
      {"POST", "/none", Gate::account, "", [](const Call&) { return void_answer(); },
       Body::ignored},
      {"POST", "/fails", Gate::account, "fail",
       [](const Call&) -> HttpResponse {
         throw Error(Code::remote, "X", "said password=hunter2 no");
       }},
      {"POST", "/crashes", Gate::account, "",
       [](const Call&) -> HttpResponse { throw std::runtime_error("a detail of the inside"); }},
      {"GET", "/stream", Gate::account, "",
       [](const Call&) { return event_answer([](EventStream&) {}); }, Body::ignored, true},
      {"POST", "/wait", Gate::account, "", echo, Body::json, true},
  };
}

std::string header_of(const Answer& answer, const std::string& name) {
  for (const auto& [key, value] : answer.response.headers) {
    if (key == name) return value;
  }
  return {};
}

Json last_audit(Box& box) { return box.audit->page(Json::object()).at("entries").at(0); }

}  // namespace

TEST_SUITE("api/dispatcher") {
  TEST_CASE("without a token a gate says so before it looks at the body") {
    Box box(sample_routes);
    HttpRequest request;
    request.method = "POST";
    request.path = "/account";
    request.body = body_of("{broken");
    const auto answer = box.send(request);
    CHECK(answer.status == 401);
    CHECK(answer.body ==
          R"({"detail":"missing authorization token","status":401,"title":"Unauthorized",)"
          R"("type":"about:blank#401"})");
    CHECK(answer.response.content_type == "application/problem+json");
  }

  TEST_CASE("the scheme and its single space are matched exactly") {
    Box box(sample_routes);
    const auto token = box.token_of("bob", false);
    for (const auto* scheme : {"bearer ", "Bearer  ", "Token ", ""}) {
      HttpRequest request;
      request.method = "GET";
      request.path = "/tree/a";
      request.headers["authorization"] = scheme + token;
      CHECK(box.send(request).status == 401);
    }
    CHECK(box.get("/tree/a", token).status == 200);
  }

  TEST_CASE("a token that is forged is an invalid session") {
    Box box(sample_routes);
    CHECK(box.post("/account", Json::object(), "forged").detail() == "invalid session");
  }

  TEST_CASE("an account that is no admin is told so at an admin's gate") {
    Box box(sample_routes);
    const auto answer = box.post("/admin", Json::object(), box.token_of("bob", false));
    CHECK(answer.status == 403);
    CHECK(answer.detail() == "admin access required");
    CHECK(box.post("/admin", Json::object(), box.token_of("root", true)).status == 200);
  }

  TEST_CASE("an unknown path is 404, a known one with another method 405") {
    Box box(sample_routes);
    CHECK(box.get("/nothing").status == 404);
    const auto wrong = box.get("/account");
    CHECK(wrong.status == 405);
    CHECK(header_of(wrong, "Allow") == "POST, OPTIONS");
    HttpRequest request;
    request.method = "DELETE";
    request.path = "/open";
    CHECK(box.send(request).status == 405);
  }

  TEST_CASE("a path's star takes all that is below, slashes too, and nothing else") {
    Box box(sample_routes);
    const auto token = box.token_of("bob", false);
    CHECK(box.get("/tree/volume/default/web", token).json().at("rest") == "volume/default/web");
    CHECK(box.get("/tree/", token).status == 404);
    CHECK(box.get("/tree", token).status == 404);
  }

  TEST_CASE("a body that is broken, no object or too large is refused") {
    Box box(sample_routes);
    const auto token = box.token_of("bob", false);
    const auto send = [&](std::string text) {
      HttpRequest request;
      request.method = "POST";
      request.path = "/account";
      request.body = body_of(std::move(text));
      return box.send(std::move(request), token).status;
    };
    CHECK(send("") == 400);
    CHECK(send("{") == 400);
    CHECK(send("[]") == 400);
    CHECK(send("{}") == 200);
    CHECK(send("{\"a\":\"" + std::string(1U << 20U, 'x') + "\"}") == 413);
    CHECK(send(std::string(100'000, '[')) == 400);
  }

  TEST_CASE("a route that needs no input takes a POST without a body") {
    Box box(sample_routes);
    HttpRequest request;
    request.method = "POST";
    request.path = "/none";
    const auto answer = box.send(request, box.token_of("bob", false));
    CHECK(answer.status == 200);
    CHECK(answer.body.empty());
  }

  TEST_CASE("a failure is a problem without secrets, a crash one without insides") {
    Box box(sample_routes);
    const auto token = box.token_of("bob", false);
    const auto failed = box.post("/fails", Json::object(), token);
    CHECK(failed.status == 502);
    CHECK(failed.detail() == "said password=[REDACTED] no");
    const auto crashed = box.post("/crashes", Json::object(), token);
    CHECK(crashed.status == 500);
    CHECK(crashed.body.find("inside of") == std::string::npos);
    CHECK(crashed.body.find("a detail") == std::string::npos);
  }

  TEST_CASE("a preflight is answered on any path without a token, errors carry the headers too") {
    Box box(sample_routes);
    HttpRequest request;
    request.method = "OPTIONS";
    request.path = "/whatever";
    request.headers = {{"origin", "http://box"}, {"host", "box:5309"}};
    const auto preflight = box.send(request);
    CHECK(preflight.status == 204);
    CHECK(header_of(preflight, "Access-Control-Allow-Origin") == "http://box");
    request.method = "POST";
    request.path = "/admin";
    const auto refused = box.send(request);
    CHECK(refused.status == 401);
    CHECK(header_of(refused, "Access-Control-Allow-Origin") == "http://box");
  }

  TEST_CASE("audited calls leave a row, refused ones too, and none holds a password") {
    Box box(sample_routes);
    const auto token = box.token_of("bob", false);
    box.post("/account",
             {{"username", "x"},
              {"fields", {{"password", "hunter2"}}},
              {"responses", {{"pw", "hunter2"}}},
              {"url", "http://me:hunter2@host/x.git"}},
             token);
    auto row = last_audit(box);
    CHECK(row.at("id") == 1);
    CHECK(row.at("account") == "bob");
    CHECK(row.at("action") == "touch");
    CHECK(row.at("path") == "/account");
    CHECK(row.at("success") == true);
    CHECK(row.at("error") == "");
    CHECK(row.at("created_at") == "2030-01-02T03:04:05Z");
    CHECK(row.at("detail") ==
          R"({"fields":{},"responses":"[REDACTED]","url":"http://[REDACTED]@host/x.git",)"
          R"("username":"x"})");
    box.post("/admin", Json::object());
    row = last_audit(box);
    CHECK(row.at("id") == 2);
    CHECK(row.at("account") == "");
    CHECK(row.at("success") == false);
    CHECK(row.at("error") == "missing authorization token");
    CHECK(box.audit->recent_errors() == 1);
    box.get("/open");
    CHECK(last_audit(box).at("id") == 2);
  }

  TEST_CASE("the audit page counts without before_id and looks back from it") {
    Box box(sample_routes);
    const auto token = box.token_of("bob", false);
    for (int i = 0; i < 5; ++i) box.post("/account", {{"n", i}}, token);
    const auto page = box.audit->page({{"limit", 2}, {"before_id", 4}});
    CHECK(page.at("entries").at(0).at("id") == 3);
    CHECK(page.at("entries").size() == 2);
    CHECK(page.at("has_more") == true);
    CHECK(page.at("total_count") == 5);
    CHECK(page.at("total_pages") == 3);
    CHECK(box.audit->page({{"search", "\"N\":4"}}).at("total_count") == 1);
    CHECK(box.audit->page({{"account", "eve"}}).at("entries").empty());
  }

  TEST_CASE("streams are capped, and a place is given back when one ends") {
    Box box(sample_routes);
    const auto token = box.token_of("bob", false);
    std::vector<HttpResponse> open;
    HttpRequest request;
    request.method = "GET";
    request.path = "/stream";
    request.headers["authorization"] = "Bearer " + token;
    for (int i = 0; i < 32; ++i) {
      open.push_back(box.dispatcher->handle(request));
      REQUIRE(open.back().status == 200);
    }
    const auto refused = box.dispatcher->handle(request);
    CHECK(refused.status == 503);
    CHECK(std::count(refused.headers.begin(), refused.headers.end(),
                     std::pair<std::string, std::string>("Retry-After", "1")) == 1);
    CHECK(box.post("/wait", Json::object(), token).status == 200);
    open.pop_back();
    CHECK(box.dispatcher->handle(request).status == 200);
  }
}

}  // namespace town::api

#include "api/cors.h"

#include <doctest/doctest.h>

namespace town::api {
namespace {

std::string header_of(const HttpResponse& response, const std::string& name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

HttpRequest from(const std::string& origin, const std::string& host) {
  HttpRequest request;
  request.headers = {{"origin", origin}, {"host", host}};
  return request;
}

}  // namespace

TEST_SUITE("api/cors") {
  TEST_CASE("an origin on another port of the same host is allowed") {
    CHECK(origin_allowed("http://box.local", "box.local:5309", {}));
    CHECK(origin_allowed("http://192.168.1.2:8080", "192.168.1.2:5309", {}));
    CHECK(origin_allowed("http://[fe80::1]:80", "[fe80::1]:5309", {}));
    CHECK(origin_allowed("http://Box.Local:80", "box.local:5309", {}));
  }

  TEST_CASE("a foreign origin is not allowed, a listed one is") {
    CHECK_FALSE(origin_allowed("http://evil.example", "box.local:5309", {}));
    CHECK_FALSE(origin_allowed("null", "box.local:5309", {}));
    CHECK_FALSE(origin_allowed("", "", {}));
    CHECK(origin_allowed("http://localhost:3000", "192.168.1.2:5309", {"localhost"}));
  }

  TEST_CASE("the origin is echoed, never a star, and the answer varies by it") {
    HttpResponse response;
    add_cors(from("http://box:80", "box:5309"), {}, response);
    CHECK(header_of(response, "Access-Control-Allow-Origin") == "http://box:80");
    CHECK(header_of(response, "Access-Control-Allow-Headers") ==
          "Content-Type, Authorization, Accept");
    CHECK(header_of(response, "Access-Control-Allow-Credentials") == "true");
    CHECK(header_of(response, "Access-Control-Max-Age") == "3600");
    CHECK(header_of(response, "Vary") == "Origin");
  }

  TEST_CASE("a foreign origin gets no header that would let it read the answer") {
    HttpResponse response;
    add_cors(from("http://evil.example", "box:5309"), {}, response);
    CHECK(header_of(response, "Access-Control-Allow-Origin").empty());
    CHECK(header_of(response, "Vary") == "Origin");
  }

  TEST_CASE("private network access is granted only where it is asked for by an allowed origin") {
    auto request = from("http://box:80", "box:5309");
    CHECK(header_of(preflight(request, {}), "Access-Control-Allow-Private-Network").empty());
    request.headers["access-control-request-private-network"] = "true";
    CHECK(header_of(preflight(request, {}), "Access-Control-Allow-Private-Network") == "true");
    request.headers["origin"] = "http://evil.example";
    CHECK(header_of(preflight(request, {}), "Access-Control-Allow-Private-Network").empty());
  }
}

}  // namespace town::api

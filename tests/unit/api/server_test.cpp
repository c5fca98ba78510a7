#include "api/server.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "api/client.h"
#include "api/files.h"
#include "api/problem.h"
#include "api/sse.h"

namespace town::api {
namespace {

using Json = nlohmann::json;

ServerOptions any_port() {
  ServerOptions options;
  options.address = "127.0.0.1";
  options.port = 0;
  options.threads = 1;
  return options;
}

HttpResponse echo(const HttpRequest& request) {
  if (request.path == "/stream") {
    return event_answer([](EventStream& events) {
      for (int i = 0; i < 3; ++i) events.send({{"n", i}});
    });
  }
  if (request.path == "/refuse") return problem(404, "there is no such thing");
  std::string body;
  if (request.body && request.path != "/unread") {
    request.body([&](std::string_view piece) {
      body += piece;
      return true;
    });
  }
  return json_answer({{"method", request.method}, {"body", body}, {"q", request.parameter("q")}});
}

Client client_of(const HttpServer& server) {
  Client::Options options;
  options.server = "http://127.0.0.1:" + std::to_string(server.port());
  return Client(std::move(options));
}

}  // namespace

TEST_SUITE("api/server") {
  TEST_CASE("by default answers are not held back for acknowledgements") {
    CHECK(ServerOptions{}.tcp_nodelay);
    CHECK(ServerOptions{}.requests_per_connection > 1000);
    CHECK(ServerOptions{}.port == 5309);
  }

  TEST_CASE("requests come in whole and answers go out, over one connection") {
    HttpServer server(any_port(), echo);
    server.start();
    auto client = client_of(server);
    CHECK(client.get("/x?q=" + Client::encode("a b&c")).at("q") == "a b&c");
    CHECK(client.post("/x", {{"a", 1}}).at("body") == "{\"a\":1}");
    CHECK(client.post("/unread", {{"a", std::string(100'000, 'x')}}).at("body") == "");
    CHECK(client.get("/x").at("method") == "GET");
    server.stop();
  }

  TEST_CASE("a body beyond the limit is told so, and the connection stays in step") {
    auto options = any_port();
    options.payload_limit = 1000;
    HttpServer server(options, [](const HttpRequest& request) {
      try {
        return echo(request);
      } catch (const Error& error) {
        return problem(error);
      }
    });
    server.start();
    auto client = client_of(server);
    try {
      client.post("/x", {{"a", std::string(5000, 'x')}});
      FAIL("was taken");
    } catch (const Refused& error) {
      CHECK(error.status() == 413);
    }
    CHECK(client.get("/x").at("method") == "GET");
    server.stop();
  }

  TEST_CASE("a stream arrives event by event, and a refusal as what it is") {
    HttpServer server(any_port(), echo);
    server.start();
    auto client = client_of(server);
    std::vector<int> seen;
    client.stream("GET", "/stream", nullptr, [&](const Json& event) {
      seen.push_back(event.at("n"));
      return true;
    });
    CHECK(seen == std::vector<int>{0, 1, 2});
    try {
      client.get("/refuse");
      FAIL("was answered");
    } catch (const Refused& error) {
      CHECK(error.status() == 404);
      CHECK(std::string(error.what()) == "there is no such thing");
    }
    CHECK_THROWS_AS(client.stream("GET", "/refuse", nullptr, [](const Json&) { return true; }),
                    Refused);
    server.stop();
  }

  TEST_CASE("a second server on the same port is refused") {
    HttpServer first(any_port(), echo);
    auto options = any_port();
    options.port = first.port();
    CHECK_THROWS_AS(HttpServer(options, echo), Error);
  }

  TEST_CASE("nobody there is unreachable, and a bad address is said to be one") {
    Client::Options options;
    {
      HttpServer server(any_port(), echo);
      options.server = "http://127.0.0.1:" + std::to_string(server.port());
    }
    CHECK_THROWS_AS(Client(options).get("/"), Unreachable);
    options.server = "box";
    CHECK_THROWS_AS(Client{options}, Error);
  }
}

TEST_SUITE("api/client") {
  TEST_CASE("events are cut where they end, whatever pieces they come in") {
    EventParser parser;
    std::vector<Json> seen;
    const auto take = [&](const Json& event) {
      seen.push_back(event);
      return true;
    };
    parser.feed(":\n\ndata: {\"a\":", take);
    CHECK(seen.empty());
    parser.feed("1}\n\ndata: {\"b\":2}\n", take);
    CHECK(seen == std::vector<Json>{{{"a", 1}}, {{"b", 2}}});
  }
}

TEST_SUITE("api/files") {
  TEST_CASE("files below the directory are served, and nothing outside of it") {
    const auto root = std::filesystem::temp_directory_path() / "town-files-test";
    std::filesystem::remove_all(root);
    std::filesystem::create_directories(root / "ui" / "assets");
    const auto write = [&](const char* name, const char* text) {
      std::ofstream(root / name) << text;
    };
    write("ui/index.html", "start");
    write("ui/assets/app.js", "code");
    write("secret", "secret");
    std::filesystem::create_symlink(root / "secret", root / "ui" / "link");
    const auto files = files_below(root / "ui");
    const auto get = [&](const std::string& path, const std::string& accept = {}) {
      HttpRequest request;
      request.path = path;
      request.headers["accept"] = accept;
      const auto response = files(request);
      return response ? response->body : std::string("none");
    };
    CHECK(get("/") == "start");
    CHECK(get("/assets/app.js") == "code");
    CHECK(get("/../secret") == "none");
    CHECK(get("/assets/../../secret") == "none");
    CHECK(get("//etc/passwd") == "none");
    CHECK(get("/link") == "none");
    CHECK(get("/assets") == "none");
    CHECK(get("/nothing", "application/json") == "none");
    CHECK(get("/nothing", "text/html,*/*") == "start");
    std::filesystem::remove_all(root);
  }
}

}  // namespace town::api

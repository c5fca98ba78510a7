#include "engine/package/resolve.h"

#include <doctest/doctest.h>

#include "tests/unit/engine/package/support.h"

namespace town::package {

TEST_SUITE("engine/package/resolve") {
  TEST_CASE("a container package resolves to what runs") {
    const auto [package, faults] = compile(R"(
image: nginx:1.26-alpine
description: A web server
supplies: [web]
entrypoint: [sh, -c]
command: ["exec nginx -p @port@"]
environment: {GREETING: "@greeting@"}
network:
  external: {"@port@": "80"}
  internal: {sql: "5432"}
  domains: ["@host@"]
volumes:
  html: {mountpoint: /srv/html, quota: "@space@", uid: 101, gid: 101}
  srv: {mountpoint: /srv}
questions:
  port: {query: "Port?", type: port}
  greeting: {query: "Text?", default: hello}
  host: {query: "Host?", type: hostname}
  space: {query: "Space?", type: bytes, default: 2gb}
notes:
  Address: {value: "http://@PACKAGE_DNS@:@port@/", type: url}
)",
                                           {{"port", "8080"}, {"host", "WWW"}});
    REQUIRE(faults.empty());
    CHECK(package.image == "docker.io/library/nginx:1.26-alpine");
    CHECK(package.entrypoint == std::vector<std::string>{"sh", "-c"});
    CHECK(package.command == std::vector<std::string>{"exec nginx -p 8080"});
    CHECK(package.environment.at("GREETING") == "hello");
    CHECK(package.domains == std::vector<std::string>{"www"});
    REQUIRE(package.ports.size() == 2);
    CHECK(package.ports[0].key == "sql");
    CHECK(package.ports[0].host == 5432);
    CHECK(package.ports[1].host == 8080);
    CHECK(package.ports[1].container == 80);
    CHECK(package.ports[1].external);
    REQUIRE(package.volumes.size() == 2);
    CHECK(package.volumes[0].mountpoint == "/srv");
    CHECK(package.volumes[1].quota == 2147483648);
    CHECK(package.volumes[1].uid == 101);
    CHECK(package.notes.at("Address").value == "http://app.default.home:8080/");
  }
}

}  // namespace town::package

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <vector>

#include "tests/unit/engine/package/support.h"

namespace town::package {
namespace {

Fields dependency_faults(std::string_view dependencies) {
  return faults_of(fmt::format("image: a\ndependencies: {{{}}}", dependencies));
}

/// Dependencies a, b, c, … each of whose responses is the text at its place.
DependencyOrder order(const std::vector<std::string>& responses) {
  Definition definition;
  char key = 'a';
  for (const auto& response : responses)
    definition.dependencies[std::string(1, key++)].responses["r"] = response;
  return order_dependencies(definition);
}

}  // namespace

TEST_SUITE("engine/package/dependencies") {
  TEST_CASE("a dependency is read as it is written") {
    const Parsed parsed = parse_definition(R"(
image: a
dependencies:
  db:
    package: postgres
    repo: other
    version: 1.10
    responses: {user: u, password: "@pw@", port: 5432}
    expose: {data: {path: /db, readonly: false}}
    post_install: [" psql "]
  app:
    package: app
    consume: [{from: db, volume: data, path: "/@where@"}]
)");
    REQUIRE(parsed.faults.empty());
    const auto& db = parsed.definition.dependencies.at("db");
    CHECK(db.package == "postgres");
    CHECK(db.version == "1.10");
    CHECK(db.responses.at("port") == "5432");
    CHECK_FALSE(db.expose.at("data").readonly);
    CHECK(db.post_install == std::vector<std::string>{"psql"});
    CHECK_FALSE(parsed.definition.dependencies.at("app").consume.at(0).readonly);
  }

  TEST_CASE("keys, packages, repositories and versions are plain names") {
    CHECK(dependency_faults("d_b1: {package: p}, DB: {package: p}").empty());
    CHECK(dependency_faults("my-db: {package: p}") == Fields{"dependencies.my-db"});
    CHECK(dependency_faults("'a b': {package: p}, '': {package: p}") ==
          Fields{"dependencies.", "dependencies.a b"});
    CHECK(dependency_faults("DB: {package: p}, db: {package: p}") == Fields{"dependencies.db"});
    CHECK(dependency_faults("a: {}, b: , c: {package: ''}") ==
          Fields{"dependencies.a.package", "dependencies.b.package", "dependencies.c.package"});
    CHECK(dependency_faults("a: {package: ../p, repo: a/b, version: '..'}") ==
          Fields{"dependencies.a.package", "dependencies.a.repo", "dependencies.a.version"});
    CHECK(dependency_faults("a: {package: -p, repo: ' ', version: 'a b'}") ==
          Fields{"dependencies.a.package", "dependencies.a.repo", "dependencies.a.version"});
    CHECK(dependency_faults("a: {package: [p], responses: text}") ==
          Fields{"dependencies.a.package", "dependencies.a.responses"});
    CHECK(dependency_faults("a: {package: p, responses: {x: [y]}}") ==
          Fields{"dependencies.a.responses.x"});
    CHECK(dependency_faults("a: text") == Fields{"dependencies.a"});
    CHECK(faults_of("image: a\ndependencies: [a]") == Fields{"dependencies"});
  }

  TEST_CASE("shared volumes have a place, and siblings to come from") {
    CHECK(dependency_faults("a: {package: p, expose: {'../x': {path: x}}}") ==
          Fields{"dependencies.a.expose.../x", "dependencies.a.expose.../x.path"});
    CHECK(dependency_faults("a: {package: p, expose: {v: {}}}") ==
          Fields{"dependencies.a.expose.v.path"});
    CHECK(dependency_faults("a: {package: p, consume: [{from: a, volume: v, path: /x}]}") ==
          Fields{"dependencies.a.consume[0].from"});
    CHECK(
        dependency_faults("a: {package: p, consume: [{from: z, volume: 'v/w', path: /x/../y}]}") ==
        Fields{"dependencies.a.consume[0].from", "dependencies.a.consume[0].path",
               "dependencies.a.consume[0].volume"});
    CHECK(dependency_faults(
              "b: {package: p}, a: {package: p, consume: [{from: b, volume: v, path: /x}, "
              "{from: b, volume: w, path: /x}]}") == Fields{"dependencies.a.consume[1].path"});
    CHECK(dependency_faults("a: {package: p, consume: [{}]}") ==
          Fields{"dependencies.a.consume[0].from", "dependencies.a.consume[0].path",
                 "dependencies.a.consume[0].volume"});
  }

  TEST_CASE("what others take values from comes first, ties alphabetical") {
    CHECK(order({"", "", ""}).order == Fields{"a", "b", "c"});
    CHECK(order({"@dep_c_host@", "", ""}).order == Fields{"b", "c", "a"});
    CHECK(order({"x@dep_b_port_sql@", "@dep_c_port_5432@", ""}).order == Fields{"c", "b", "a"});
    CHECK(order({"@dep_a_host@", "@dep_nobody_host@", "@dep_a_other@"}).order ==
          Fields{"a", "b", "c"});
    CHECK(order({"@@dep_b_host@", ""}).order == Fields{"b", "a"});
  }

  TEST_CASE("volumes and commands of a sibling are edges, too") {
    Definition definition;
    auto& dependencies = definition.dependencies;
    dependencies["a"].consume.push_back({"b", "v", "/v", false});
    dependencies["b"].post_install.push_back("ping @dep_C_host@ @dep_c_host@");
    dependencies["C"] = {};
    CHECK(order_dependencies(definition).order == Fields{"C", "b", "a"});
  }

  TEST_CASE("the longest key that fits a marker is meant") {
    Definition definition;
    auto& dependencies = definition.dependencies;
    dependencies["a"].responses["r"] = "@dep_b_port_x_host@";
    dependencies["b"] = {};
    dependencies["b_port_x"].responses["r"] = "@dep_a_host@";
    CHECK(order_dependencies(definition).cyclic == Fields{"a", "b_port_x"});
  }

  TEST_CASE("a circle of siblings is a fault of each of them") {
    const auto circle = order({"@dep_b_host@", "@dep_a_host@", ""});
    CHECK(circle.order == Fields{"c"});
    CHECK(circle.cyclic == Fields{"a", "b"});
    CHECK(dependency_faults("x: {package: p, responses: {r: '@dep_y_host@'}}, "
                            "y: {package: p, responses: {r: '@dep_x_host@'}}") ==
          Fields{"dependencies.x", "dependencies.y"});
  }

  TEST_CASE("an escaped marker is text, and no edge") {
    CHECK(order({"@@dep_b_host@@", "@dep_a_host@"}).order == Fields{"a", "b"});
    CHECK(order({"@@@dep_b_host@", "@dep_a_host@"}).cyclic == Fields{"a", "b"});
    Definition definition;
    definition.questions["pw"] = {};
    definition.dependencies["a"].responses["r"] = "@pw@@@dep_b_host@";
    definition.dependencies["b"] = {};
    CHECK(order_dependencies(definition).order == Fields{"b", "a"});
  }

  TEST_CASE("the conference bridge of the format's test vectors comes in order") {
    Definition definition;
    auto& dependencies = definition.dependencies;
    dependencies["prosody"] = {};
    dependencies["jvb"].responses["xmpphost"] = "@dep_prosody_host@";
    dependencies["jicofo"].responses["xmppport"] = "@dep_prosody_port_5222@";
    CHECK(order_dependencies(definition).order == Fields{"prosody", "jicofo", "jvb"});
  }
}

}  // namespace town::package

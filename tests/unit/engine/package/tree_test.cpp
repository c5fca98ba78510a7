#include "engine/package/tree.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "engine/package/version.h"
#include "tests/unit/engine/package/support.h"

namespace town::package {
namespace {

/// Packages in memory: "name version" -> text.
using Shelf = std::map<std::pair<std::string, std::string>, std::string>;

PackageFinder finder_on(const Shelf& shelf) {
  PackageFinder finder;
  finder.find = [&shelf](const std::string& repo, const std::string& package,
                         const std::string& version) -> std::optional<FoundPackage> {
    std::vector<std::string> versions;
    for (const auto& entry : shelf)
      if (entry.first.first == package && (version.empty() || entry.first.second == version))
        versions.push_back(entry.first.second);
    if (versions.empty()) return {};
    const auto chosen = latest(versions);
    return FoundPackage{repo, chosen, shelf.at({package, chosen})};
  };
  return finder;
}

Tree tree_of(const Shelf& shelf, const std::string& text,
             std::map<std::string, std::string> given = {}) {
  return compile_tree("app", text, test_context(std::move(given)), test_box(), finder_on(shelf));
}

constexpr const char* kPostgres = R"(
image: postgres
network: {internal: {SQL: 5432}}
environment: {POSTGRES_PASSWORD: "@pw@", POSTGRES_USER: "@user@"}
questions: {pw: {query: q, type: secret}, user: {query: q}}
volumes: {data: {mountpoint: /data, shareable: true}, own: {mountpoint: /own}}
)";

}  // namespace

TEST_SUITE("engine/package/tree") {
  TEST_CASE("a parent gets its dependency's host, ports and password") {
    const Shelf shelf{{{"postgres", "9"}, "image: old"}, {{"postgres", "16.0"}, kPostgres}};
    const Tree tree = tree_of(shelf, R"(
image: mattermost
questions: {dbpass: {query: q, type: secret}}
environment: {SOURCE: "postgres://mattermost:@dbpass@@@@dep_db_host@:@dep_db_port_sql@/m", PORT: "@dep_db_port_5432@"}
dependencies: {db: {package: postgres, responses: {pw: "@dbpass@", user: mattermost}}}
)",
                              {{"dbpass", "p@ss"}});
    REQUIRE(tree.compiled.faults.empty());
    const auto& environment = tree.compiled.package.environment;
    const std::string host = "town-os-package--default-app--dep--db-16.0";
    CHECK(environment.at("SOURCE") == "postgres://mattermost:p@ss@" + host + ":5432/m");
    CHECK(environment.at("PORT") == "5432");
    CHECK(environment.at("TOWNOS_DEP_DB_HOST") == host);
    CHECK(environment.at("TOWNOS_DEP_DB_PORT_5432") == "5432");
    CHECK(environment.at("TOWNOS_DEP_DB_PORT_SQL") == "5432");
    CHECK(tree.compiled.package.dependencies.at("db").version == "16.0");
    const Tree& db = tree.dependencies.at("db");
    CHECK(db.keys == Fields{"db"});
    CHECK(db.compiled.package.name == "app--dep--db");
    CHECK(db.compiled.package.environment.at("POSTGRES_PASSWORD") == "p@ss");
    CHECK(db.compiled.answered.answers.at("user") == "mattermost");
  }

  TEST_CASE("siblings get each other's values, in the order of their edges") {
    const Shelf shelf{{{"prosody", "1"}, "image: p\nnetwork: {internal: {xmpp: 5222}}"},
                      {{"jvb", "1"},
                       "image: j\nquestions: {host: {query: q}, xmppport: {query: q, type: port}, "
                       "port: {query: q, type: port}}"}};
    const Tree tree = tree_of(shelf, R"(
image: jitsi
dependencies:
  a_jvb: {package: jvb, responses: {host: "@dep_xmpp_host@", xmppport: "@dep_xmpp_port_xmpp@", port: auto}}
  xmpp: {package: prosody}
)");
    REQUIRE(tree.compiled.faults.empty());
    CHECK(tree.compiled.package.dependency_order == Fields{"xmpp", "a_jvb"});
    const auto& answers = tree.dependencies.at("a_jvb").compiled.answered.answers;
    CHECK(answers.at("xmppport") == "5222");
    CHECK(answers.at("host") == "town-os-package--default-app--dep--xmpp-1");
    CHECK(answers.at("port") == "10000");
  }

  TEST_CASE("dependencies nest, each level with its own variables") {
    const Shelf shelf{
        {{"b", "1"}, "image: b\nenvironment: {C: '@dep_c_host@'}\ndependencies: {c: {package: c}}"},
        {{"c", "1"}, "image: c"}};
    const Tree tree = tree_of(shelf,
                              "image: a\nenvironment: {C: '@dep_c_host@', B: "
                              "'@dep_b_host@'}\ndependencies: {b: {package: b}}");
    REQUIRE(tree.compiled.faults.empty());
    CHECK(tree.compiled.package.environment.at("C") == "@dep_c_host@");
    CHECK(tree.compiled.package.environment.at("B") == "town-os-package--default-app--dep--b-1");
    const Tree& b = tree.dependencies.at("b");
    CHECK(b.compiled.package.environment.at("C") ==
          "town-os-package--default-app--dep--b--dep--c-1");
    CHECK(b.dependencies.at("c").keys == Fields{"b", "c"});
  }

  TEST_CASE("a tree may go down many levels, and what ends it is said once") {
    Shelf shelf;
    for (int i = 1; i < 100; ++i)
      shelf[{fmt::format("p{}", i), "1"}] = fmt::format(
          "image: a\ndependencies: {{k: {{package: p{}}}, l: {{package: p99}}}}", i + 1);
    shelf[{"p99", "1"}] = "image: a";
    shelf[{"p20", "1"}] = "image: a";
    const std::string top = "image: a\ndependencies: {k: {package: p1}}";
    CHECK(tree_of(shelf, top).compiled.faults.empty());
    shelf[{"p20", "1"}] = "image: a\ndependencies: {k: {package: p21}}";
    const auto faults = tree_of(shelf, top).compiled.faults;
    REQUIRE(faults.size() == 1);
    CHECK(faults[0].field == "dependencies.k");
    CHECK(faults[0].message.find("name of the unit") != std::string::npos);
    CHECK(faults[0].message.size() < 400);
  }

  TEST_CASE("a tree without end is cut off at its members, with one fault") {
    Shelf shelf;
    for (int i = 1; i < 30; ++i)
      shelf[{fmt::format("p{}", i), "1"}] = fmt::format(
          "image: a\ndependencies: {{k: {{package: p{}}}, l: {{package: p{}}}}}", i + 1, i + 1);
    shelf[{"p12", "1"}] = "image: a";
    const auto faults =
        tree_of(shelf, "image: a\ndependencies: {k: {package: p1}}").compiled.faults;
    REQUIRE(faults.size() == 1);
    CHECK(faults[0].message.find("1000 packages") != std::string::npos);
  }

  TEST_CASE("nothing can be run in a dependency that is a vm") {
    const Shelf shelf{{{"box", "1"}, "vm: {image: x.raw}"}};
    const auto faults =
        tree_of(shelf, "image: a\ndependencies: {d: {package: box, post_install: [true]}}")
            .compiled.faults;
    CHECK(fields(faults) == Fields{"dependencies.d.post_install"});
  }

  TEST_CASE("a package that needs itself is a fault, however far down") {
    const std::string self = "image: a\ndependencies: {me: {package: app}}";
    CHECK(fields(tree_of({{{"app", "1.0"}, self}}, self).compiled.faults) ==
          Fields{"dependencies.me"});
    const std::string a = "image: a\ndependencies: {b: {package: b}}";
    const Shelf shelf{{{"app", "1.0"}, a},
                      {{"b", "1"}, "image: b\ndependencies: {a: {package: app}}"}};
    const Tree tree = tree_of(shelf, a);
    REQUIRE(fields(tree.compiled.faults) == Fields{"dependencies.b"});
    CHECK(tree.compiled.faults[0].message.find("needs itself") != std::string::npos);
  }

  TEST_CASE("an older version of itself that needs nothing is no circle") {
    const Shelf shelf{{{"app", "0.9"}, "image: old"}};
    CHECK(tree_of(shelf, "image: a\ndependencies: {old: {package: app, version: 0.9}}")
              .compiled.faults.empty());
  }

  TEST_CASE("what is not there is named, package or version") {
    const Shelf shelf{{{"b", "1"}, "image: b"}};
    CHECK(
        fields(tree_of(shelf,
                       "image: a\ndependencies: {x: {package: nope}, y: {package: b, version: 2}}")
                   .compiled.faults) == Fields{"dependencies.x.package", "dependencies.y.version"});
  }

  TEST_CASE("answers that a dependency does not take are faults of its responses") {
    const Shelf shelf{{{"postgres", "1"}, kPostgres}, {{"broken", "1"}, "image: 'a b'"}};
    CHECK(
        fields(tree_of(shelf,
                       "image: a\ndependencies: {db: {package: postgres, responses: {nobody: x}}}")
                   .compiled.faults) ==
        Fields{"dependencies.db.responses", "dependencies.db.responses"});
    CHECK(
        fields(tree_of(shelf, "image: a\ndependencies: {db: {package: broken}}").compiled.faults) ==
        Fields{"dependencies.db"});
  }

  TEST_CASE("a dependency's stored answers are kept") {
    const Shelf shelf{{{"postgres", "1"}, kPostgres}};
    PackageFinder finder = finder_on(shelf);
    finder.stored = [](const std::vector<std::string>& keys) {
      CHECK(keys == Fields{"db"});
      return std::map<std::string, std::string>{{"pw", "kept"}};
    };
    const Tree tree = compile_tree(
        "app", "image: a\ndependencies: {db: {package: postgres, responses: {user: u}}}",
        test_context(), test_box(), finder);
    CHECK(tree.dependencies.at("db").compiled.answered.answers.at("pw") == "kept");
  }

  TEST_CASE("only shareable volumes are shared") {
    const Shelf shelf{{{"postgres", "1"}, kPostgres}, {{"b", "1"}, "image: b"}};
    const auto faults = [&](std::string_view expose, std::string_view consume) {
      return fields(
          tree_of(shelf,
                  fmt::format(
                      "image: a\ndependencies: {{db: {{package: postgres, responses: {{user: u}}, "
                      "expose: {{{}: {{path: /x}}}}}}, b: {{package: b, consume: "
                      "[{{from: db, volume: {}, path: /y}}]}}}}",
                      expose, consume))
              .compiled.faults);
    };
    CHECK(faults("data", "data").empty());
    CHECK(faults("own", "nothing") ==
          Fields{"dependencies.b.consume[0].volume", "dependencies.db.expose.own"});
  }

  TEST_CASE("a tree that doubles at each level is cut off") {
    Shelf shelf;
    for (int i = 0; i < 12; ++i)
      shelf[{fmt::format("p{}", i), "1"}] = fmt::format(
          "image: a\ndependencies: {{a: {{package: p{}}}, b: {{package: p{}}}}}", i + 1, i + 1);
    shelf[{"p12", "1"}] = "image: a";
    const Tree tree = tree_of(shelf, "image: a\ndependencies: {a: {package: p0}}");
    CHECK_FALSE(tree.compiled.faults.empty());
  }

  TEST_CASE("members of a tree are neither published nor fronted") {
    const Shelf shelf{
        {{"web", "1"}, "image: w\nsupplies: [http]\nnetwork: {external: {http: 80}}"}};
    const Tree tree = tree_of(shelf, "image: a\ndependencies: {w: {package: web}}");
    CHECK_FALSE(tree.dependencies.at("w").compiled.package.ports.at(0).ingress);
  }
}

}  // namespace town::package

#include "engine/package/describe_json.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "tests/unit/engine/package/support.h"

namespace town::package {
namespace {

using nlohmann::json;

CompileOptions options(std::map<std::string, std::string> responses = {}) {
  const AnswerContext chance = test_context();
  CompileOptions chosen;
  chosen.name = "app";
  chosen.version = "1.0";
  chosen.responses = std::move(responses);
  chosen.free_port = chance.free_port;
  chosen.random_hex = chance.random_hex;
  return chosen;
}

json compiled(std::string_view yaml, const CompileOptions& chosen = options()) {
  const auto result = compile_package(yaml, chosen);
  CHECK(result.exit_code == 0);
  return json::parse(result.json);
}

}  // namespace

TEST_SUITE("engine/package/describe_json") {
  TEST_CASE("validate says nothing is wrong, or all that is") {
    const auto good = validate_package("image: nginx\nunknwon: 1");
    CHECK(good.exit_code == 0);
    CHECK_FALSE(json::parse(good.json).contains("errors"));
    CHECK(json::parse(good.json).at("warnings").at(0).at("field") == "unknwon");
    const auto bad = validate_package("image: 'a b'\ncommand: x");
    CHECK(bad.exit_code == 1);
    const json object = json::parse(bad.json);
    const json& errors = object.at("errors");
    REQUIRE(errors.size() == 2);
    CHECK(errors.at(0).at("field") == "image");
    CHECK(errors.at(1).at("field") == "command");
    CHECK(errors.at(1).at("line") == 2);
    CHECK(json::parse(validate_package("a: [").json).at("errors").size() == 1);
  }

  TEST_CASE("compile writes every key of the contract, empty where there is nothing") {
    const json object = compiled("image: nginx");
    for (const char* list : {"command", "entrypoint", "post_update", "supplies", "domains",
                             "archives", "git_sources", "warnings"}) {
      CAPTURE(list);
      CHECK(object.at(list) == json::array());
    }
    for (const char* map : {"environment", "volumes", "templates", "notes", "dependencies"}) {
      CAPTURE(map);
      CHECK(object.at(map) == json::object());
    }
    CHECK(object.at("ports") == json{{"external", json::object()}, {"internal", json::object()}});
    CHECK(object.at("name") == "app");
    CHECK(object.at("version") == "1.0");
    CHECK(object.at("repo") == "default");
    CHECK(object.at("description") == "");
    CHECK(object.at("runtime") == "container");
    CHECK(object.at("image") == "docker.io/library/nginx:latest");
    CHECK_FALSE(object.contains("vm"));
    CHECK_FALSE(object.contains("proton"));
  }

  TEST_CASE("compile writes each part in its form") {
    const json object = compiled(R"(
image: nginx
network: {external: {"@p@": 80, sql: "5432"}, internal: {"022": 22}, domains: [www]}
volumes: {v: {mountpoint: /v, quota: 1mb, uid: 0, git: "https://x.org/r"}, w: {mountpoint: /w, archive: a.tar}}
archives: [{image: a, directory: /d, volume: v}]
git_sources: [{url: "https://x.org/r", volume: v}]
templates: {t: {volume: v, path: p, content: "@p@ {{ .Package.Name }}"}}
notes: {"My note": {value: "@PACKAGE_DNS@"}}
dependencies: {db: {package: postgres, responses: {port: "@p@", host: "@dep_x_host@"}}}
questions: {p: {query: q, type: port}}
)",
                                 options({{"p", "8080"}}));
    CHECK(object.at("ports").at("external") == json{{"8080", 80}, {"sql", 5432}});
    CHECK(object.at("ports").at("internal") == json{{"22", 22}});
    const json& volume = object.at("volumes").at("v");
    CHECK(volume.at("mountpoint") == "/v");
    CHECK(volume.at("quota") == 1048576);
    CHECK(volume.at("uid") == 0);
    CHECK(volume.at("gid").is_null());
    CHECK(volume.at("archive").is_null());
    CHECK(volume.at("git") == "https://x.org/r");
    CHECK(object.at("volumes").at("w").at("quota").is_null());
    CHECK(object.at("volumes").at("w").at("archive") == "a.tar");
    CHECK(object.at("archives").at(0) ==
          json{{"image", "docker.io/library/a:latest"}, {"directory", "/d"}, {"volume", "v"}});
    CHECK(object.at("git_sources").at(0) ==
          json{{"url", "https://x.org/r"}, {"branch", ""}, {"volume", "v"}});
    CHECK(object.at("templates").at("t") ==
          json{{"volume", "v"}, {"path", "p"}, {"content", "8080 {{ .Package.Name }}"}});
    CHECK(object.at("notes").at("My note") == json{{"value", "app.default.home"}, {"type", ""}});
    CHECK(object.at("dependencies").at("db") ==
          json{{"package", "postgres"},
               {"repo", "default"},
               {"version", ""},
               {"responses", {{"port", "8080"}, {"host", "@dep_x_host@"}}}});
  }

  TEST_CASE("compile writes a vm and a proton application") {
    const json vm = compiled("vm: {image: a.img, cpus: 2}");
    CHECK(vm.at("runtime") == "vm");
    CHECK(vm.at("image") == "");
    CHECK(vm.at("vm") == json{{"image", "a.img"}, {"memory", 1073741824}, {"cpus", 2}});
    const json proton = compiled(
        "proton: {app_image: a, app_directory: /a, volume: v, exe: e}\nvolumes: {v: {mountpoint: "
        "/v}}");
    CHECK(proton.at("proton") == json{{"app_image", "docker.io/library/a:latest"},
                                      {"app_directory", "/a"},
                                      {"volume", "v"},
                                      {"exe", "e"},
                                      {"args", json::array()}});
    CHECK(proton.at("command") == json{"proton", "run", "e"});
  }

  TEST_CASE("hosts, the top-level domain and dependency values become markers' values") {
    CompileOptions chosen = options();
    chosen.tld = "lan";
    chosen.external_host = "203.0.113.9";
    chosen.variables = {*parse_dependency_value("DB.host=h=1"),
                        *parse_dependency_value("db.port.SQL=5432")};
    const json object = compiled(
        "image: a\nenvironment: {A: '@PACKAGE_DNS@', B: '@LOCAL_EXTERNAL_HOST@', C: "
        "'@LOCAL_INTERNAL_HOST@', "
        "D: '@dep_db_host@:@dep_db_port_sql@', E: '@dep_db_port_1@'}",
        chosen);
    CHECK(object.at("environment") == json{{"A", "app.default.lan"},
                                           {"B", "203.0.113.9"},
                                           {"C", "@LOCAL_INTERNAL_HOST@"},
                                           {"D", "h=1:5432"},
                                           {"E", "@dep_db_port_1@"}});
    for (const char* bad :
         {"db", "db.host", "db.hosts=x", "db.port=1", ".host=x", "db.port.=1", "d b.host=x", "=x"})
      CHECK_FALSE(parse_dependency_value(bad).has_value());
  }

  TEST_CASE("an answer at fault is an error on responses.NAME") {
    const auto result =
        compile_package("image: a\nquestions: {q: {query: q}, p: {query: q, type: port}}",
                        options({{"p", "x"}, {"z", ""}}));
    CHECK(result.exit_code == 1);
    std::vector<std::string> names;
    const json object = json::parse(result.json);
    for (const auto& error : object.at("errors")) names.push_back(error.at("field"));
    CHECK(names == std::vector<std::string>{"responses.p", "responses.q", "responses.z"});
  }

  TEST_CASE("names that could leave their folder are refused") {
    for (const char* bad : {"", "..", "../x", "a/b", "-x", "a b", "a--dep--b"}) {
      CompileOptions chosen = options();
      chosen.name = bad;
      CHECK(compile_package("image: a", chosen).exit_code == 1);
    }
    CompileOptions chosen = options();
    chosen.repo = "a/b";
    CHECK(compile_package("image: a", chosen).exit_code == 1);
  }

  TEST_CASE("answers that are no UTF-8 do not break the output") {
    const json object = compiled("image: a\nenvironment: {A: '@q@'}\nquestions: {q: {query: q}}",
                                 options({{"q", "\xff"}}));
    CHECK(object.at("environment").at("A") == "\xef\xbf\xbd");
  }

  TEST_CASE("a folder gives the latest version, and resolves dependencies in it") {
    const std::map<std::string, std::map<std::string, std::string>> packages{
        {"app",
         {{"1.9", "image: old"},
          {"1.10",
           "image: new\nenvironment: {H: '@dep_db_host@'}\ndependencies: {db: {package: db}}"}}},
        {"db", {{"2", "image: db\nnetwork: {internal: {sql: 5432}}"}}},
        {"loop", {{"1", "image: a\ndependencies: {me: {package: loop}}"}}}};
    PackageFolder folder;
    folder.versions = [&](const std::string& package) {
      std::vector<std::string> versions;
      if (const auto found = packages.find(package); found != packages.end())
        for (const auto& entry : found->second) versions.push_back(entry.first);
      return versions;
    };
    folder.read = [&](const std::string& package,
                      const std::string& version) -> std::optional<std::string> {
      if (!packages.contains(package) || !packages.at(package).contains(version)) return {};
      return packages.at(package).at(version);
    };
    CompileOptions chosen = options();
    chosen.version.clear();
    const auto result = compile_package(folder, chosen);
    REQUIRE(result.exit_code == 0);
    const json object = json::parse(result.json);
    CHECK(object.at("version") == "1.10");
    CHECK(object.at("environment").at("H") == "town-os-package--default-app--dep--db-2");
    CHECK(object.at("environment").at("TOWNOS_DEP_DB_PORT_SQL") == "5432");
    CHECK(object.at("dependencies").at("db").at("version") == "2");
    chosen.version = "1.9";
    CHECK(json::parse(compile_package(folder, chosen).json).at("image") ==
          "docker.io/library/old:latest");
    chosen.version = "3";
    CHECK(compile_package(folder, chosen).exit_code == 1);
    chosen.version.clear();
    chosen.name = "nobody";
    CHECK(compile_package(folder, chosen).exit_code == 1);
    chosen.name = "loop";
    CHECK(json::parse(compile_package(folder, chosen).json).at("errors").at(0).at("field") ==
          "dependencies.me");
  }
}

}  // namespace town::package

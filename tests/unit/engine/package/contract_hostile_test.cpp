// Packages that mean harm: whatever they hold, there is an answer, it is JSON, and it comes soon.
#include <chrono>

#include "engine/package/field_path.h"
#include "engine/package/tree.h"
#include "engine/yaml.h"
#include "tests/unit/engine/package/contract_support.h"

namespace town::package {
namespace {

using nlohmann::json;

constexpr std::size_t kMegabyte = 1U << 20U;

std::string repeat(std::string_view unit, std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += unit;
  return text;
}

/// A folder in memory: "name" -> version -> text.
using Shelf = std::map<std::string, std::map<std::string, std::string>>;

CommandResult compile_from(const Shelf& shelf, const std::string& name,
                           const std::string& version = {}) {
  PackageFolder folder;
  folder.versions = [&](const std::string& package) {
    std::vector<std::string> versions;
    if (const auto found = shelf.find(package); found != shelf.end())
      for (const auto& entry : found->second) versions.push_back(entry.first);
    return versions;
  };
  folder.read = [&](const std::string& package,
                    const std::string& wanted) -> std::optional<std::string> {
    const auto found = shelf.find(package);
    if (found == shelf.end() || !found->second.contains(wanted)) return {};
    return found->second.at(wanted);
  };
  auto options = contract_options();
  options.name = name;
  options.version = version;
  return compile_package(folder, options);
}

}  // namespace

TEST_SUITE("engine/package/contract_hostile") {
  TEST_CASE("broken YAML is an error with any field, and nothing else") {
    for (const std::string& text :
         std::vector<std::string>{"",
                                  " ",
                                  "\n",
                                  "[]",
                                  "- a",
                                  "text",
                                  "image",
                                  "image: [",
                                  "{",
                                  "image: a\nimage: b",
                                  "image: a\nx: {y: 1, y: 2}",
                                  "image: *x",
                                  "image: &x [*x]",
                                  "image: a\n---\nimage: b",
                                  "image: a\n...\nb",
                                  "\timage: a",
                                  "image: a\n\tb: c",
                                  "image: \"a",
                                  "image: 'a",
                                  "image: @a@",
                                  "image: `a`",
                                  "image: a\nenvironment: {A: %n}",
                                  "image: a\nwords",
                                  "image: a\n- b",
                                  "? {a: b}\n: c",
                                  "[a]: b",
                                  "image: a\n<<: text",
                                  "%YAML 9.9\n---\na: b",
                                  std::string("image: a\0b", 10),
                                  "image: \x01",
                                  "image: \x7f",
                                  "image: \xff",
                                  "image: \xed\xa0\x80",
                                  "\xff\xfei\0m\0",
                                  "image: \"\\ud800\"",
                                  "image: \"\\xZZ\"",
                                  "a: b: c",
                                  "image: a\nx: ]",
                                  "!!python/object/apply:os.system [id]"}) {
      CAPTURE(text);
      const auto result = validate_package(text);
      CHECK(result.exit_code == 1);
      CHECK(json::parse(result.json).at("errors").size() == 1);
      CHECK(compile_package(text, contract_options()).exit_code == 1);
    }
  }

  TEST_CASE("tags do not make anything but text, lists and mappings") {
    CHECK(fields_in(validate_package("image: !!python/object/apply:os.system [id]")) ==
          FieldSet{"image"});
    CHECK(fields_in(validate_package("image: !!binary aWQ=")) == FieldSet{"image"});
    CHECK(fields_in(validate_package("image: !!binary nginx")).empty());
    CHECK(fields_in(validate_package("image: a\ncommand: !!set {a}")) == FieldSet{"command"});
  }

  TEST_CASE("every file of ten megabytes has an answer in time") {
    const std::string volume = "image: a\nvolumes: {vee: {mountpoint: /v}}\n";
    const std::vector<std::string> texts{
        repeat("[", 9 * kMegabyte),
        repeat("{a: ", 9 * kMegabyte),
        repeat("- ", 9 * kMegabyte),
        "image: a\nenvironment: {A: \"" + repeat("@a", 9 * kMegabyte) + "\"}",
        "image: a\ndescription: " + repeat("x", 9 * kMegabyte),
        volume + "templates: {t: {volume: ve, path: p, content: \"" + repeat("{{", kMegabyte) +
            "\"}}",
        "image: a\nquestions: {q: {query: q, default: \"" + repeat("x", 2 * kMegabyte) +
            "\"}}\ncommand:\n" + repeat("- \"@q@@q@@q@\"\n", 4 * kMegabyte),
        "image: a\nquestions: {q: {query: q, default: \"" + repeat("@q@", kMegabyte) +
            "\"}}\nenvironment: {A: \"" + repeat("@q@", kMegabyte) + "\"}"};
    const auto begin = std::chrono::steady_clock::now();
    for (const auto& text : texts) {
      CHECK(json::accept(validate_package(text).json));
      CHECK(json::accept(compile_package(text, contract_options()).json));
    }
    // A wide margin for slow machines and sanitizers.
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(120));
  }

  TEST_CASE("an answer at many markers is refused before it fills the memory") {
    const std::string question =
        "image: a\nquestions: {q: {query: q, default: \"" + repeat("x", kMegabyte) + "\"}}\n";
    CHECK(fields_in(compile_package(
              question + "environment: {A: \"" + repeat("@q@", 300) + "\", B: '@q@'}",
              contract_options())) == FieldSet{"environment.A"});
    CHECK(
        fields_in(compile_package(question +
                                      "volumes: {v: {mountpoint: /v}}\ntemplates: {t: {volume: v, "
                                      "path: p, content: \"" +
                                      repeat("@q@", 300) + "\"}}",
                                  contract_options())) == FieldSet{"templates.t.content"});
  }

  TEST_CASE("more port questions than there are ports end in faults, not in a search") {
    std::string yaml = "image: a\nquestions:\n";
    for (int i = 0; i < 300; ++i) yaml += fmt::format("  q{}: {{query: q, type: port}}\n", i);
    auto options = contract_options();
    int calls = 0;
    options.free_port = [&calls](const std::set<std::uint16_t>& avoid) {
      ++calls;
      return static_cast<std::uint16_t>(avoid.size() < 100 ? 10000 + avoid.size() : 0);
    };
    CHECK(fields_in(compile_package(yaml, options)).size() == 200);
    CHECK(calls <= 200);
  }

  TEST_CASE("a folder gives the latest version by the format's order, and never a wrong name") {
    const Shelf shelf{
        {"app", {{"1.9", "image: a:9"}, {"1.10", "image: a:10"}, {"1.2", "image: a:2"}}}};
    CHECK(json::parse(compile_from(shelf, "app").json).at("version") == "1.10");
    CHECK(json::parse(compile_from(shelf, "app", "1.2").json).at("image") ==
          "docker.io/library/a:2");
    CHECK(fields_in(compile_from(shelf, "app", "7")) == FieldSet{"version"});
    CHECK(fields_in(compile_from(shelf, "app", "../app/1.2")) == FieldSet{"version"});
    CHECK(fields_in(compile_from(shelf, "nobody")) == FieldSet{"name"});
    CHECK(fields_in(compile_from(shelf, "../app")) == FieldSet{"name"});
  }

  TEST_CASE("dependencies of a folder are found, named and handed on, however deep") {
    const Shelf shelf{
        {"app",
         {{"1",
           "image: a\nenvironment: {URL: 'http://@dep_Web_host@:@dep_web_port_main@/'}\n"
           "questions: {pw: {query: Q}}\n"
           "dependencies: {Web: {package: web, responses: {pw: 'x@pw@', db: y}}}"}}},
        {"web",
         {{"2.0",
           "image: w\nnetwork: {internal: {Main: 80}}\nquestions: {pw: {query: Q}, db: {query: "
           "Q}}\n"
           "dependencies: {db: {package: db, version: 9, responses: {pw: '@pw@'}}}"}}},
        {"db", {{"9", "image: d\nquestions: {pw: {query: Q}}"}, {"10", "image: broken image"}}}};
    auto options = contract_options({{"pw", "s"}});
    const auto result = compile_from(shelf, "app");
    CHECK(fields_in(result) == FieldSet{"responses.pw"});
    PackageFolder folder;
    const auto given = [&](const std::string& pw) {
      Shelf changed = shelf;
      auto& text = changed.at("app").at("1");
      text.replace(text.find("query: Q"), 8, "query: Q, default: '" + pw + "'");
      return json::parse(compile_from(changed, "app").json);
    };
    const json body = given("s");
    const std::string host = "town-os-package--default-app--dep--Web-2.0";
    CHECK(body.at("environment") == json{{"URL", "http://" + host + ":80/"},
                                         {"TOWNOS_DEP_WEB_HOST", host},
                                         {"TOWNOS_DEP_WEB_PORT_80", "80"},
                                         {"TOWNOS_DEP_WEB_PORT_MAIN", "80"}});
    CHECK(body.at("dependencies").at("Web") == json{{"package", "web"},
                                                    {"repo", "default"},
                                                    {"version", "2.0"},
                                                    {"responses", {{"pw", "xs"}, {"db", "y"}}}});
  }

  TEST_CASE("circles of packages and what is missing are faults of the dependency") {
    const auto needing = [](const std::string& key, const std::string& what) {
      return "image: a\ndependencies: {" + key + ": {package: " + what + "}}";
    };
    const Shelf shelf{{"self", {{"1", needing("me", "self")}}},
                      {"a", {{"1", needing("b_key", "b")}}},
                      {"b", {{"1", needing("a_key", "a")}}},
                      {"outer", {{"1", needing("in", "a")}}},
                      {"lost", {{"1", needing("gone", "nobody")}}},
                      {"old", {{"1", needing("x", "fine, version: 7")}}},
                      {"asks", {{"1", needing("x", "question")}}},
                      {"wrong", {{"1", needing("x", "fine, responses: {y: z}")}}},
                      {"question", {{"1", "image: a\nquestions: {q: {query: Q}}"}}},
                      {"fine", {{"1", "image: a"}}}};
    CHECK(fields_in(compile_from(shelf, "self")) == FieldSet{"dependencies.me"});
    CHECK(fields_in(compile_from(shelf, "a")) == FieldSet{"dependencies.b_key"});
    CHECK(fields_in(compile_from(shelf, "b")) == FieldSet{"dependencies.a_key"});
    CHECK(fields_in(compile_from(shelf, "outer")) == FieldSet{"dependencies.in"});
    CHECK(fields_in(compile_from(shelf, "lost")) == FieldSet{"dependencies.gone.package"});
    CHECK(fields_in(compile_from(shelf, "old")) == FieldSet{"dependencies.x.version"});
    CHECK(fields_in(compile_from(shelf, "asks")) == FieldSet{"dependencies.x.responses"});
    CHECK(fields_in(compile_from(shelf, "wrong")) == FieldSet{"dependencies.x.responses"});
    CHECK(fields_in(compile_package(shelf.at("self").at("1"), contract_options())).empty());
  }

  TEST_CASE("a tree of large files is refused before it fills the memory") {
    const std::string ballast = "image: a\n# " + repeat("x", kMegabyte);
    std::string root = "image: a\ndependencies:\n";
    for (int i = 0; i < 40; ++i) root += fmt::format("  d{}: {{package: big}}\n", i);
    const auto fields =
        fields_in(compile_from({{"app", {{"1", root}}}, {"big", {{"1", ballast}}}}, "app"));
    CHECK(fields.size() == 1);
  }

  TEST_CASE("a fault's line is found again by its field, keys with dots included") {
    const yaml::Node root = yaml::parse(
        "a:\n  b.c:\n    d: 1\n  b:\n    e: 2\n'x y':\n- 1\n- z:\n  - 2\n  - 3\nk[0]: 4\n");
    CHECK(line_of(root, "a.b.c.d") == 3);
    CHECK(line_of(root, "a.b.e") == 5);
    CHECK(line_of(root, "x y[1].z[1]") == 10);
    CHECK(line_of(root, "k[0]") == 11);
    CHECK(line_of(root, "a.b.nothing") == 5);
    CHECK(line_of(root, "nothing") == 0);
    CHECK(line_of(root, "x y[7]") == 7);
  }
}

}  // namespace town::package

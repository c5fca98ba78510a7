// Answers, and what they make of a package: sections 4, 6 and 11 through `townctl package compile`.
#include <algorithm>

#include "tests/unit/engine/package/contract_support.h"

namespace town::package {
namespace {

using nlohmann::json;

/// One question `q`, whose value becomes the variable A.
std::string asking(const std::string& inner) {
  return "image: a\nquestions: {q: {query: Q, " + inner + "}}\nenvironment: {A: '@q@'}\n";
}

std::string value_of(const std::string& question, const Texts& given) {
  const auto result = compile_package(asking(question), contract_options(given));
  const auto body = json::parse(result.json);
  if (result.exit_code == 0) return body.at("environment").at("A");
  CHECK(fields_in(result) == FieldSet{"responses.q"});
  return "responses.q";
}

constexpr const char* kFault = "responses.q";

}  // namespace

TEST_SUITE("engine/package/contract_answers") {
  TEST_CASE("section 4.2: each type's check and value") {
    struct Row {
      const char* type;
      const char* text;
      const char* value;
    };
    for (const Row& row : std::vector<Row>{
             {"", " as typed ", " as typed "},
             {"hostname", "Town-1", "town-1"},
             {"hostname", "1town", kFault},
             {"hostname", "-town", kFault},
             {"hostname", "town.home", kFault},
             {"hostname", "t_wn", kFault},
             {"hostname", "tówn", kFault},
             {"port", "1", "1"},
             {"port", "65535", "65535"},
             {"port", "0080", "80"},
             {"port", "0", kFault},
             {"port", "65536", kFault},
             {"port", "-1", kFault},
             {"port", "8e3", kFault},
             {"port", "0x50", kFault},
             {"port", "18446744073709551696", kFault},
             {"bytes", "10gb", "10737418240"},
             {"bytes", " 1 MB ", "1048576"},
             {"bytes", "0", "0"},
             {"bytes", "512kb", kFault},
             {"bytes", "many", kFault},
             {"duration", "2d", "172800"},
             {"duration", "90", "90"},
             {"duration", "5 M", "300"},
             {"duration", "1h30m", kFault},
             {"duration", "5ms", kFault},
             {"volume", "my_Vol-1", "my_Vol-1"},
             {"volume", "my.vol", kFault},
             {"volume", "../x", kFault},
             {"archive", "a b.tar", "a b.tar"},
             {"secret", "hunter2", "hunter2"},
             {"boolean", "1", "true"},
             {"boolean", " True ", "true"},
             {"boolean", "t", "true"},
             {"boolean", "FALSE", "false"},
             {"boolean", "F", "false"},
             {"boolean", "yes", kFault},
             {"boolean", "tRUE", kFault},
             {"shared_volume", "default/media/films", "default/media/films"},
             {"shared_volume", "media/films", kFault},
             {"shared_volume", "a/b/../c", kFault},
         }) {
      CAPTURE(row.type);
      CAPTURE(row.text);
      CHECK(value_of(std::string("type: ") + row.type, {{"q", row.text}}) == row.value);
    }
  }

  TEST_CASE("section 4.2: blank and auto generate, or fall back to the default") {
    for (const Texts& blank : {Texts{}, Texts{{"q", ""}}, Texts{{"q", "auto"}}}) {
      for (const char* prefill : {"", ", default: 8080", ", default: auto"}) {
        CHECK(value_of(std::string("type: port") + prefill, blank) == "10000");
        CHECK(value_of(std::string("type: hostname") + prefill, blank) == "app-0001");
        CHECK(value_of(std::string("type: secret") + prefill, blank).size() == 64);
      }
      CHECK(value_of("type: boolean", blank) == "false");
      CHECK(value_of("type: boolean, default: T", blank) == "true");
      CHECK(value_of("type: bytes, default: 1mb", blank) == "1048576");
      CHECK(value_of("type: duration, default: 1h", blank) == "3600");
      CHECK(value_of("type: volume, default: v", blank) == "v");
      CHECK(value_of("type: archive, default: a.tar", blank) == "a.tar");
      CHECK(value_of("default: some text", blank) == "some text");
      CHECK(value_of("default: '@PACKAGE_DNS@'", blank) == "@PACKAGE_DNS@");
      CHECK(value_of("default: 1.10", blank) == "1.10");
      for (const char* type : {"", "bytes", "duration", "volume", "archive", "shared_volume"})
        CHECK(value_of(std::string("type: ") + type, blank) == kFault);
      CHECK(value_of("type: bytes, default: lots", blank) == kFault);
      CHECK(value_of("type: duration, default: soon", blank) == kFault);
    }
  }

  TEST_CASE("section 4.2: what is generated is of its form, differs, and keeps clear of ports") {
    auto options = contract_options({{"c", "10001"}});
    options.name = "My.App";
    const auto body = json::parse(
        compile_package(
            "image: a\nquestions: {a: {query: Q, type: port}, b: {query: Q, type: port}, "
            "c: {query: Q, type: port}, h: {query: Q, type: hostname}}\n"
            "network: {external: {'10000': 80, '@a@': 1, '@b@': 2, '@c@': 3}}\n"
            "environment: {H: '@h@'}",
            options)
            .json);
    CHECK(body.at("ports").at("external") ==
          json{{"10000", 80}, {"10001", 3}, {"10002", 1}, {"10003", 2}});
    CHECK(body.at("environment").at("H") == "my-app-0001");
  }

  TEST_CASE("section 4.3: an optional question may be left out, and then is the empty text") {
    CHECK(value_of("optional: true", {}).empty());
    CHECK(value_of("optional: true", {{"q", ""}}).empty());
    CHECK(value_of("optional: true, type: secret", {}).empty());
    CHECK(value_of("optional: true, type: port", {}).empty());
    CHECK(value_of("optional: true, type: hostname", {{"q", ""}}).empty());
    CHECK(value_of("optional: true, type: bytes", {}).empty());
    CHECK(value_of("optional: true, type: port, default: 587", {}) == "587");
    CHECK(value_of("optional: true, type: port", {{"q", "x"}}) == kFault);
    CHECK(value_of("optional: true, type: bytes, default: x", {}) == kFault);
    CHECK(value_of("optional: true, type: boolean", {}) == "false");
    CHECK(value_of("optional: true, type: boolean", {{"q", "x"}}) == kFault);
  }

  TEST_CASE("section 4.4: a question that is not shown is empty and not required") {
    const std::string yaml =
        "image: a\nquestions: {on: {query: Q, type: boolean, default: true}, off: {query: Q, type: "
        "boolean}, a: {query: Q, show_if: on}, b: {query: Q, type: port, show_if: off}}\n"
        "environment: {A: '@a@', B: '@b@'}";
    check_values({
        {"4.4", yaml, {{"a", "x"}}, "/environment", {{"A", "x"}, {"B", ""}}},
        {"4.4",
         yaml,
         {{"on", "0"}, {"a", "x"}, {"b", "nonsense"}},
         "/environment",
         {{"A", ""}, {"B", ""}}},
        {"4.4",
         yaml,
         {{"a", "x"}, {"off", "T"}, {"b", "80"}},
         "/environment",
         {{"A", "x"}, {"B", "80"}}},
    });
    check_refusals({
        {"4.4", yaml, {}, {"responses.a"}},
        {"4.4", yaml, {{"on", "maybe"}, {"a", "x"}}, {"responses.on"}},
        {"4.4", yaml, {{"a", "x"}, {"off", "1"}, {"b", "x"}}, {"responses.b"}},
    });
  }

  TEST_CASE("section 4.6: every problem of the answers is named, with those of the result") {
    const std::string yaml =
        "image: a\nquestions: {a: {query: Q}, b: {query: Q, type: port}, c: {query: Q, type: "
        "bytes}, d: {query: Q}}\nenvironment: {A: '@d@', B: '@b@'}\n"
        "network: {external: {'@b@': 80}}\nvolumes: {v: {mountpoint: /v, quota: '@c@'}}";
    check_refusals({{"4.6",
                     yaml,
                     {{"b", "x"}, {"c", "y"}, {"d", "1\n2"}, {"e", "z"}, {"", "x"}},
                     {"responses.a", "responses.b", "responses.c", "responses.e", "responses.",
                      "environment.A"}}});
    const auto result = compile_package(yaml, contract_options({{"bb", "1"}}));
    CHECK(result.json.find("did you mean") != std::string::npos);
    CHECK(result.json.find("\"line\": 2") != std::string::npos);
  }

  TEST_CASE("the file's faults and the answers' come in one answer") {
    CHECK(fields_in(compile_package(
              "image: 'a b'\nquestions: {a: {query: Q}, b: {query: Q, type: port}, c: {}}\n"
              "command: text",
              contract_options({{"b", "x"}, {"z", "1"}}))) ==
          FieldSet{"image", "command", "questions.c.query", "responses.a", "responses.b",
                   "responses.z"});
  }

  TEST_CASE("section 6: what an answer makes of a field is judged again") {
    const auto with = [](const std::string& yaml) {
      return "image: a\nquestions: {q: {query: Q, optional: true}}\n" + yaml;
    };
    const std::string volume = "volumes: {v: {mountpoint: /v}}\n";
    check_refusals({
        {"3.1", "image: 'a:@q@'\nquestions: {q: {query: Q}}", {{"q", "b c"}}, {"image"}},
        {"3.1", "image: {url: '@q@'}\nquestions: {q: {query: Q}}", {{"q", "-v"}}, {"image.url"}},
        {"3.2", with("command: [x, '@q@']"), {{"q", "a\nb"}}, {"command[1]"}},
        {"3.2", with("entrypoint: ['@q@']"), {{"q", "\x7f"}}, {"entrypoint[0]"}},
        {"3.3", with("environment: {A: 'x@q@'}"), {{"q", "\x1b[0m"}}, {"environment.A"}},
        {"3.10", with("post_update: ['@q@']"), {{"q", ""}}, {"post_update[0]"}},
        {"3.10", with("post_update: ['x @q@']"), {{"q", "a\rb"}}, {"post_update[0]"}},
        {"3.4", with("network: {external: {'@q@': 80}}"), {{"q", "0"}}, {"network.external.@q@"}},
        {"3.4", with("network: {external: {'@q@': 80}}"), {}, {"network.external.@q@"}},
        {"3.4",
         with("network: {internal: {'80': '@q@'}}"),
         {{"q", "http"}},
         {"network.internal.80"}},
        {"3.4",
         with("network: {external: {'80': 1, '@q@': 2}}"),
         {{"q", "80"}},
         {"network.external.@q@"}},
        {"3.4",
         with("network: {external: {'80': 1}, internal: {'@q@': 2}}"),
         {{"q", "080"}},
         {"network.internal.@q@"}},
        {"3.4",
         with("network: {external: {sql: 1, '@q@': 2}}"),
         {{"q", "sql"}},
         {"network.external.@q@"}},
        {"3.4", with("network: {external: {'80': '@nobody@'}}"), {}, {"network.external.80"}},
        {"3.4", with("network: {domains: [ok, '@q@']}"), {{"q", "a b"}}, {"network.domains[1]"}},
        {"3.4", with("network: {domains: ['@q@.org']}"), {}, {"network.domains[0]"}},
        {"3.5",
         with("volumes: {v: {mountpoint: '@q@'}}"),
         {{"q", "data"}},
         {"volumes.v.mountpoint"}},
        {"3.5",
         with("volumes: {v: {mountpoint: '/a/@q@'}}"),
         {{"q", "../../etc"}},
         {"volumes.v.mountpoint"}},
        {"3.5",
         with("volumes: {v: {mountpoint: '/@q@'}}"),
         {{"q", "a\nb"}},
         {"volumes.v.mountpoint"}},
        {"3.5",
         with("volumes: {v: {mountpoint: /v, quota: '@q@'}}"),
         {{"q", "1.5gb"}},
         {"volumes.v.quota"}},
        {"3.5",
         with("volumes: {v: {mountpoint: /v, archive: '@q@'}}"),
         {{"q", "../x"}},
         {"volumes.v.archive"}},
        {"3.5",
         with("volumes: {v: {mountpoint: /v, git: 'https://@q@/'}}"),
         {{"q", "-x"}},
         {"volumes.v.git"}},
        {"3.6",
         with(volume + "git_sources: [{url: '@q@', volume: v}]"),
         {},
         {"git_sources[0].url"}},
        {"3.6",
         with(volume + "git_sources: [{url: 'https://x/', branch: '@q@', volume: v}]"),
         {{"q", "--x"}},
         {"git_sources[0].branch"}},
        {"3.6",
         with(volume + "git_sources: [{url: 'https://x/', volume: '@q@'}]"),
         {{"q", "w"}},
         {"git_sources[0].volume"}},
        {"9",
         with(volume + "templates: {t: {volume: v, path: 'a/@q@', content: c}}"),
         {{"q", "../../b"}},
         {"templates.t.path"}},
        {"9",
         with(volume + "templates: {t: {volume: v, path: '@q@', content: c}}"),
         {},
         {"templates.t.path"}},
        {"9",
         with(volume + "templates: {t: {volume: '@q@', path: p, content: c}}"),
         {{"q", "w"}},
         {"templates.t.volume"}},
        {"3.7", with("notes: {n: {value: '@q@', type: email}}"), {{"q", "x"}}, {"notes.n.value"}},
        {"3.7",
         with("notes: {n: {value: 'http://@q@/', type: url}}"),
         {{"q", "a b"}},
         {"notes.n.value"}},
        {"3.8", "vm: {image: '@q@'}\nquestions: {q: {query: Q}}", {{"q", "a/b"}}, {"vm.image"}},
        {"3.8",
         "vm: {image: a, memory: '@q@'}\nquestions: {q: {query: Q}}",
         {{"q", "x"}},
         {"vm.memory"}},
    });
  }

  TEST_CASE("names that lead out of their folder are refused") {
    for (const std::string bad : {"..", ".", "a/b", "../a", "-a", "a b", "", "a\nb", "ä"}) {
      auto options = contract_options();
      options.name = bad;
      CHECK(fields_in(compile_package("image: a", options)) == FieldSet{"name"});
      options = contract_options();
      options.version = bad;
      CHECK(fields_in(compile_package("image: a", options)) == FieldSet{"version"});
      options = contract_options();
      options.repo = bad;
      CHECK(fields_in(compile_package("image: a", options)) == FieldSet{"repo"});
    }
  }
}

}  // namespace town::package

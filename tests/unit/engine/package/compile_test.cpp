#include "engine/package/compile.h"

#include <doctest/doctest.h>

#include "tests/unit/engine/package/support.h"

namespace town::package {
namespace {

Fields faults(std::string_view yaml, std::map<std::string, std::string> given = {}) {
  return fields(compile(yaml, test_context(std::move(given)), test_box()).faults);
}

}  // namespace

TEST_SUITE("engine/package/compile") {
  TEST_CASE("faults of the file, of the answers and of the result come in one answer") {
    CHECK(faults("image: 'a b'\nquestions: {a: {query: q}, b: {query: q, type: port}}\n"
                 "environment: {A: '@a@'}\nvolumes: {v: {mountpoint: '@a@'}}",
                 {{"a", "x\ny"}, {"b", "many"}, {"c", ""}}) ==
          Fields{"environment.A", "image", "responses.b", "responses.c", "volumes.v.mountpoint"});
  }

  TEST_CASE("what was said once is not said again, nor what follows from it") {
    CHECK(faults(
              "image: a\nquestions: {a: {query: q, type: port}}\nnetwork: {external: {'@a@': 80}}\n"
              "notes: {n: {value: '@a@', type: phone}}",
              {{"a", "0"}}) == Fields{"responses.a"});
    CHECK(faults("image: a\nquestions: {a: {query: q, type: nonsense}}\nnetwork: {external: "
                 "{'@a@': 80}}") == Fields{"questions.a.type"});
    CHECK(faults("image: a\nquestions: [a]", {{"a", "x"}}) == Fields{"questions"});
    CHECK(faults("image: a\nquestions: {a: text}", {{"b", "x"}}) ==
          Fields{"questions.a", "responses.b"});
    CHECK(faults("image: a\nvolumes: text\ntemplates: {t: {volume: '@v@', path: p, content: c}}\n"
                 "questions: {v: {query: q}}",
                 {{"v", "x"}}) == Fields{"volumes"});
    CHECK(faults("image: a\nnetwork: {external: {'80': 1, '080': 2}}") ==
          Fields{"network.external.080"});
    CHECK(faults("image: a\nquestions: {b: {query: q, type: boolean, default: x}}") ==
          Fields{"questions.b.default"});
    CHECK(faults("image: [", {{"a", "x"}}) == Fields{""});
  }

  TEST_CASE("a good file compiles with its warnings") {
    const Compiled compiled = compile(
        "image: a\nfrobnicate: 1\nquestions: {p: {query: q, type: port}}\n"
        "network: {external: {'@p@': 80}}",
        test_context(), test_box());
    CHECK(compiled.faults.empty());
    CHECK(fields(compiled.warnings) == Fields{"frobnicate"});
    CHECK(compiled.package.ports.at(0).host == 10000);
    CHECK(compiled.answered.answers.at("p") == "10000");
  }

  TEST_CASE("optional mail settings that are left out are there and empty (package format 20.6)") {
    const Compiled compiled = compile(R"(
image: vault
environment: {SMTP_HOST: "@smtp_host@", SMTP_PORT: "@smtp_port@", SMTP_SSL: "@smtp_ssl@", SMTP_PASSWORD: "@smtp_pw@"}
questions:
  smtp_host: {query: Host, type: hostname, optional: true}
  smtp_port: {query: Port, type: port, default: 587, optional: true}
  smtp_ssl: {query: Ssl, type: boolean}
  smtp_pw: {query: Password, type: secret, optional: true}
)",
                                      test_context(), test_box());
    REQUIRE(compiled.faults.empty());
    const auto& environment = compiled.package.environment;
    CHECK(environment.at("SMTP_HOST").empty());
    CHECK(environment.at("SMTP_PORT") == "587");
    CHECK(environment.at("SMTP_SSL") == "false");
    CHECK(environment.at("SMTP_PASSWORD").empty());
  }
}

}  // namespace town::package

#include "engine/package/questions.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <vector>

#include "tests/unit/engine/package/support.h"

namespace town::package {
namespace {

/// The faults of a package with these questions, "questions." left off.
Fields question_faults(std::string_view questions) {
  Fields list;
  for (const auto& field : faults_of(fmt::format("image: a\nquestions: {{{}}}", questions))) {
    REQUIRE(field.starts_with("questions"));
    list.push_back(field.substr(std::min<std::size_t>(field.size(), 10)));
  }
  return list;
}

constexpr std::string_view kOauth = R"(
image: a
questions:
  token:
    query: Token
    type: oauth
    oauth:
      start: {method: POST, url: "https://x.org/start?c={{client_id}}", form: {id: "{{client_id}}"}}
      extract: {code: device_code, user: user_code}
      approve: "https://x.org/approve?u={{user}}"
      user_code: "{{user}}"
      poll: {url: "https://x.org/poll", headers: {Accept: json}, form: {code: "{{code}}"}}
      token: access_token
      interval: 10s
)";

/// kOauth with a piece replaced.
Fields oauth_faults(std::string_view piece, std::string_view by) {
  std::string yaml(kOauth);
  const auto at = yaml.find(piece);
  REQUIRE(at != std::string::npos);
  return faults_of(yaml.replace(at, piece.size(), by));
}

}  // namespace

TEST_SUITE("engine/package/questions") {
  TEST_CASE("a type's name reads back") {
    for (const char* name : {"", "hostname", "port", "bytes", "duration", "volume", "archive",
                             "secret", "boolean", "oauth", "shared_volume"}) {
      REQUIRE(parse_question_type(name).has_value());
      CHECK(to_string(*parse_question_type(name)) == name);
    }
    CHECK_FALSE(parse_question_type("integer").has_value());
    CHECK_FALSE(parse_question_type("Port").has_value());
  }

  TEST_CASE("a question is read as it is written") {
    const auto parsed = parse_definition(
        "image: a\nquestions:\n  smtp_port: {query: 'Port of me@here?', type: port, default: 2222, "
        "optional: true, "
        "show_if: mail}\n  mail: {query: Mail, type: boolean}\n");
    REQUIRE(parsed.faults.empty());
    const Question& question = parsed.definition.questions.at("smtp_port");
    CHECK(question.query == "Port of me@here?");
    CHECK(question.type == QuestionType::port);
    CHECK(question.default_value == "2222");
    CHECK(question.optional);
    CHECK(question.show_if == "mail");
  }

  TEST_CASE("names, queries and types follow the rules") {
    CHECK(question_faults("a: {query: q}, a_1: {query: q, type: }, 9: {query: q}").empty());
    CHECK(question_faults("_a: {query: q}") == Fields{"_a"});
    CHECK(question_faults("a-b: {query: q}, 'a b': {query: q}, '': {query: q}") ==
          Fields{"", "a b", "a-b"});
    CHECK(question_faults("a: {}, b: , c: {query: ''}") == Fields{"a.query", "b.query", "c.query"});
    CHECK(question_faults("a: text, b: [x]") == Fields{"a", "b"});
    CHECK(question_faults("a: {query: [x], type: {y: z}, default: [1], optional: [2]}") ==
          Fields{"a.default", "a.optional", "a.query", "a.type"});
    CHECK(question_faults("a: {query: q, type: integer}") == Fields{"a.type"});
    CHECK(question_faults("a: {query: q, optional: perhaps}") == Fields{"a.optional"});
    CHECK(faults_of("image: a\nquestions: [a]") == Fields{"questions"});
  }

  TEST_CASE("only a boolean's default must fit; others are warned of") {
    CHECK(question_faults("a: {query: q, type: boolean, default: perhaps}") == Fields{"a.default"});
    CHECK(question_faults("a: {query: q, type: boolean, default: auto}") == Fields{"a.default"});
    CHECK(question_faults("a: {query: q, type: boolean, default: t}").empty());
    const Parsed parsed = parse_definition(
        "image: a\nquestions: {p: {query: q, type: port, default: many}, h: {query: q, type: "
        "hostname, default: auto}}");
    CHECK(parsed.faults.empty());
    CHECK(fields(parsed.warnings) == Fields{"questions.p.default"});
  }

  TEST_CASE("a condition is another, unconditional boolean question") {
    const std::string flag = "f: {query: q, type: boolean}, ";
    CHECK(question_faults(flag + "a: {query: q, show_if: f}").empty());
    CHECK(question_faults(flag + "a: {query: q, show_if: a}") == Fields{"a.show_if"});
    CHECK(question_faults(flag + "a: {query: q, show_if: nowhere}") == Fields{"a.show_if"});
    CHECK(question_faults(flag + "t: {query: q}, a: {query: q, show_if: t}") ==
          Fields{"a.show_if"});
    CHECK(question_faults(flag +
                          "g: {query: q, type: boolean, show_if: f}, a: {query: q, show_if: g}") ==
          Fields{"a.show_if"});
  }

  TEST_CASE("a question of type oauth says how its token is fetched") {
    CHECK(faults_of(kOauth).empty());
    const auto oauth = parse_definition(kOauth).definition.questions.at("token").oauth;
    REQUIRE(oauth.has_value());
    CHECK(oauth->start.method == "POST");
    CHECK(oauth->poll.method == "GET");
    CHECK(oauth->interval == "10s");
    CHECK(oauth->timeout == "5m");
    CHECK(question_faults("a: {query: q, type: oauth}") == Fields{"a.oauth"});
    CHECK(question_faults("a: {query: q, type: oauth, oauth: text}") == Fields{"a.oauth"});
    CHECK(question_faults("a: {query: q, type: oauth, oauth: {}}") ==
          Fields{"a.oauth.approve", "a.oauth.poll.url", "a.oauth.start.url", "a.oauth.token"});
    CHECK(oauth_faults("type: oauth", "type: secret") == Fields{"questions.token.oauth"});
  }

  TEST_CASE("an oauth block calls certain hosts, with placeholders that something fills") {
    CHECK(oauth_faults("https://x.org/poll", "https://{{code}}.x.org/") ==
          Fields{"questions.token.oauth.poll.url"});
    // Whether it is https, and public, is looked at when the flow runs.
    CHECK(oauth_faults("https://x.org/poll", "http://x.org/").empty());
    CHECK(oauth_faults("https://x.org/poll", "no url") == Fields{"questions.token.oauth.poll.url"});
    CHECK(oauth_faults("\"{{code}}\"", "\"{{nothing}}\"") ==
          Fields{"questions.token.oauth.poll.form"});
    CHECK(oauth_faults("id: \"{{client_id}}\"", "id: \"{{code}}\"") ==
          Fields{"questions.token.oauth.start.form"});
    CHECK(oauth_faults("\"{{user}}\"", "\"{{user\"") == Fields{"questions.token.oauth.user_code"});
    CHECK(oauth_faults("method: POST", "method: DELETE") ==
          Fields{"questions.token.oauth.start.method"});
    CHECK(oauth_faults("interval: 10s", "interval: soon") ==
          Fields{"questions.token.oauth.interval"});
    CHECK(oauth_faults("https://x.org/approve", "javascript:x") ==
          Fields{"questions.token.oauth.approve"});
  }
}

}  // namespace town::package

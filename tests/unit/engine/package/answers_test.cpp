#include "engine/package/answers.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <set>
#include <string>
#include <vector>

#include "tests/unit/engine/package/support.h"

namespace town::package {
namespace {

using Map = std::map<std::string, std::string>;
using Names = std::vector<std::string>;

Definition questions(std::string_view text) {
  const Parsed parsed = parse_definition(fmt::format("image: a\nquestions: {{{}}}", text));
  if (!parsed.faults.empty()) throw InvalidInput("BadPackage", parsed.faults);
  return parsed.definition;
}

/// One question `q` of a type with an answer: its value, or "fault".
std::string value_of(std::string_view type, const std::string& text) {
  const auto definition = questions(fmt::format("q: {{query: q, type: {}}}", type));
  const auto answered = answer(definition, test_context({{"q", text}}));
  return answered.faults.empty() ? answered.values.at("q") : "fault";
}

Names faulty(const Answered& answered) {
  Names names;
  for (const auto& [name, message] : answered.faults) {
    CHECK_FALSE(message.empty());
    names.push_back(name);
  }
  return names;
}

}  // namespace

TEST_SUITE("engine/package/answers") {
  TEST_CASE("each type checks its answer and makes its value of it (package format 4.2)") {
    struct Row {
      const char* type;
      const char* text;
      const char* value;
    };
    const std::string secret = "s3 cr@t\"'";
    for (const Row& row : {Row{"", " As typed ", " As typed "},
                           Row{"hostname", "WWW-1", "www-1"},
                           Row{"hostname", "1www", "fault"},
                           Row{"hostname", "a.b", "fault"},
                           Row{"hostname", "a_b", "fault"},
                           Row{"port", "8080", "8080"},
                           Row{"port", "0080", "80"},
                           Row{"port", "0", "fault"},
                           Row{"port", "65536", "fault"},
                           Row{"port", "80x", "fault"},
                           Row{"bytes", "10gb", "10737418240"},
                           Row{"bytes", "0", "0"},
                           Row{"bytes", "10g", "fault"},
                           Row{"duration", "5m", "300"},
                           Row{"duration", "1h30m", "fault"},
                           Row{"volume", "my-Vol_1", "my-Vol_1"},
                           Row{"volume", "-x", "-x"},
                           Row{"volume", "a/b", "fault"},
                           Row{"volume", "a.b", "fault"},
                           Row{"archive", "site.tar.gz", "site.tar.gz"},
                           Row{"secret", "s3 cr@t\"'", "s3 cr@t\"'"},
                           Row{"boolean", "1", "true"},
                           Row{"boolean", " T ", "true"},
                           Row{"boolean", "True", "true"},
                           Row{"boolean", "FALSE", "false"},
                           Row{"boolean", "0", "false"},
                           Row{"boolean", "yes", "fault"},
                           Row{"boolean", "tRUE", "fault"},
                           Row{"shared_volume", "default/media/films", "default/media/films"},
                           Row{"shared_volume", "media/films", "fault"},
                           Row{"shared_volume", "a/../c", "fault"},
                           Row{"shared_volume", "a/b/c/d", "fault"}}) {
      CAPTURE(row.type);
      CAPTURE(row.text);
      CHECK(value_of(row.type, row.text) == row.value);
    }
  }

  TEST_CASE("blank and auto: what is generated, what falls back, what is missing") {
    for (const char* text : {"", "auto"}) {
      CAPTURE(text);
      CHECK(value_of("port", text) == "10000");
      CHECK(value_of("hostname", text) == "app-0001");
      CHECK(value_of("secret", text) == fmt::format("{:0>64}", 1));
      CHECK(value_of("boolean", text) == "false");
    }
    for (const char* type : {"", "bytes", "duration", "volume", "archive", "shared_volume"}) {
      CAPTURE(type);
      CHECK(value_of(type, "") == "fault");
      const auto with_default =
          questions(fmt::format("q: {{query: q, type: {}, default: {}}}", type,
                                std::string_view(type) == "shared_volume" ? "a/b/c" : "5"));
      for (const char* text : {"", "auto"})
        CHECK(answer(with_default, test_context({{"q", text}})).values.at("q") ==
              (std::string_view(type) == "shared_volume" ? "a/b/c" : "5"));
    }
    CHECK(value_of("", "auto") == "fault");
  }

  TEST_CASE("an answer is taken as it was typed, blanks and all") {
    CHECK(value_of("", " ") == " ");
    CHECK(value_of("secret", " ") == " ");
    CHECK(value_of("secret", "\n") == "\n");
    CHECK(value_of("secret", "auto ") == "auto ");
    CHECK(value_of("hostname", " abc ") == "fault");
    CHECK(value_of("port", " 80") == "fault");
    CHECK(value_of("port", " ") == "fault");
    CHECK(value_of("boolean", " ") == "false");
    CHECK(value_of("bytes", " ") == "fault");
  }

  TEST_CASE("what is optional is never made up, not even when asked for") {
    const auto definition = questions(
        "s: {query: q, type: secret, optional: true}, p: {query: q, type: port, optional: true, "
        "default: 587}, t: {query: q, optional: true}");
    const auto answered =
        answer(definition, test_context({{"s", "auto"}, {"p", "auto"}, {"t", "auto"}}));
    CHECK(answered.faults.empty());
    CHECK(answered.values == Map{{"s", ""}, {"p", "587"}, {"t", ""}});
  }

  TEST_CASE("the default of a port, a host name and a secret is only a pre-fill") {
    const auto definition = questions(
        "p: {query: q, type: port, default: 8080}, h: {query: q, type: hostname, "
        "default: www}, s: {query: q, type: secret, default: hunter2}");
    const auto answered = answer(definition, test_context());
    CHECK(answered.faults.empty());
    CHECK(answered.values.at("p") == "10000");
    CHECK(answered.values.at("h").starts_with("app-"));
    CHECK(answered.values.at("s").size() == 64);
    CHECK(answered.answers == answered.values);
  }

  TEST_CASE("an optional question stays blank, falls back to its default, or is checked") {
    const auto definition = questions(
        "s: {query: q, type: secret, optional: true}, t: {query: q, optional: true}, "
        "p: {query: q, type: port, optional: true, default: 587}, b: {query: q, type: boolean, "
        "optional: true}, "
        "n: {query: q, type: port, optional: true}, a: {query: q, type: port, optional: true, "
        "default: auto}, "
        "o: {query: q, type: shared_volume, optional: true}");
    const auto blank = answer(definition, test_context({{"s", ""}, {"t", ""}}));
    CHECK(blank.faults.empty());
    CHECK(blank.values ==
          Map{{"s", ""}, {"t", ""}, {"p", "587"}, {"b", "false"}, {"n", ""}, {"a", ""}, {"o", ""}});
    CHECK(blank.answers.at("s").empty());
    const auto wrong = answer(definition, test_context({{"n", "many"}, {"o", "x"}, {"p", "0"}}));
    CHECK(faulty(wrong) == Names{"n", "o", "p"});
  }

  TEST_CASE("a question whose condition is false is empty whatever was submitted") {
    const auto definition = questions(
        "mail: {query: q, type: boolean}, on: {query: q, type: boolean, default: true}, "
        "host: {query: q, show_if: mail}, port: {query: q, type: port, show_if: mail}, "
        "user: {query: q, show_if: on}");
    const auto off =
        answer(definition, test_context({{"host", "x"}, {"port", "nonsense"}, {"user", "u"}}));
    CHECK(off.faults.empty());
    CHECK(off.values.at("host").empty());
    CHECK(off.values.at("port").empty());
    CHECK(off.values.at("user") == "u");
    const auto on = answer(definition, test_context({{"mail", "true"}}));
    CHECK(faulty(on) == Names{"host", "user"});
    CHECK(on.values.at("port") == "10000");
    CHECK(faulty(answer(definition, test_context({{"mail", "maybe"}, {"user", "u"}}))) ==
          Names{"mail"});
  }

  TEST_CASE("all problems come together, by name") {
    const auto definition =
        questions("a: {query: q}, b: {query: q, type: port}, c: {query: q, type: bytes}");
    const auto answered =
        answer(definition, test_context({{"b", "x"}, {"c", ""}, {"zzz", "1"}, {"A", ""}}));
    CHECK(faulty(answered) == Names{"A", "a", "b", "c", "zzz"});
    CHECK(answered.values.empty());
  }

  TEST_CASE("answers are filled from the installed version, then from the last one") {
    const auto definition =
        questions("a: {query: q}, b: {query: q}, c: {query: q}, d: {query: q, default: new}");
    auto context = test_context({{"a", "given"}});
    context.installed = {{"a", "installed"}, {"b", "installed"}, {"gone", "x"}};
    context.last = {{"b", "last"}, {"c", "last"}, {"gone", "x"}};
    const auto answered = answer(definition, context);
    CHECK(answered.faults.empty());
    CHECK(answered.answers == Map{{"a", "given"}, {"b", "installed"}, {"c", "last"}, {"d", "new"}});
  }

  TEST_CASE("a blank that was submitted is not filled from what is stored") {
    const auto definition = questions("a: {query: q, optional: true}, p: {query: q, type: port}");
    auto context = test_context({{"a", ""}, {"p", ""}});
    context.installed = {{"a", "old"}, {"p", "4711"}};
    const auto answered = answer(definition, context);
    CHECK(answered.answers == Map{{"a", ""}, {"p", "10000"}});
  }

  TEST_CASE("a stored secret is kept unless another one or a new one is asked for") {
    const auto definition = questions("s: {query: q, type: secret}");
    auto context = test_context();
    context.installed = {{"s", "stored"}};
    CHECK(answer(definition, context).answers.at("s") == "stored");
    context.given = {{"s", ""}};
    CHECK(answer(definition, context).answers.at("s") == "stored");
    context.given = {{"s", "auto"}};
    CHECK(answer(definition, context).answers.at("s").size() == 64);
    context.given = {{"s", "mine"}};
    CHECK(answer(definition, context).answers.at("s") == "mine");
    context.given = {{"s", ""}};
    CHECK(answer(questions("s: {query: q, type: secret, optional: true}"), context)
              .answers.at("s")
              .empty());
  }

  TEST_CASE("generated ports keep clear of each other, of answers and of fixed ports") {
    const Parsed parsed = parse_definition(
        "image: a\nnetwork: {external: {'10000': 80, '@a@': 1, '@b@': 2, '@c@': 3, sql: 10003}}\n"
        "questions: {a: {query: q, type: port}, b: {query: q, type: port}, c: {query: q, type: "
        "port}}");
    const auto answered = answer(parsed.definition, test_context({{"c", "10001"}}));
    CHECK(answered.faults.empty());
    CHECK(answered.values == Map{{"a", "10002"}, {"b", "10004"}, {"c", "10001"}});
  }

  TEST_CASE("a machine without free ports is a fault, not a blank and not an endless search") {
    const auto definition = questions("p: {query: q, type: port}, r: {query: q, type: port}");
    auto context = test_context();
    int calls = 0;
    context.free_port = [&](const std::set<std::uint16_t>&) {
      ++calls;
      return std::uint16_t{4711};
    };
    CHECK(faulty(answer(definition, context)) == Names{"r"});
    CHECK(calls == 101);
    context.free_port = [](const std::set<std::uint16_t>&) { return std::uint16_t{0}; };
    CHECK(faulty(answer(definition, context)) == Names{"p", "r"});
  }

  TEST_CASE("a generated host name is one, whatever the package is called") {
    const auto definition = questions("h: {query: q, type: hostname}");
    for (const auto& [name, expected] : Map{{"7zip", "host-7zip-0001"},
                                            {"My.App_2", "my-app-2-0001"},
                                            {"a--dep--b", "a--dep--b-0001"},
                                            {"", "host--0001"}}) {
      auto context = test_context();
      context.package_name = name;
      CHECK(answer(definition, context).values.at("h") == expected);
      CHECK(check_answer(QuestionType::hostname, expected).empty());
    }
  }

  TEST_CASE("any text is a legal answer to a free question") {
    const auto definition = questions("t: {query: q}");
    for (const std::string text :
         {"a\nb", "{{ .x }}", "@port@", "%n", "$HOME", "'\"", "\xf0\x9f\x8e\x89", "--flag"})
      CHECK(answer(definition, test_context({{"t", text}})).values.at("t") == text);
  }

  TEST_CASE("ten thousand questions are answered") {
    std::string text;
    for (int i = 0; i < 10000; ++i) text += fmt::format("q{}: {{query: q, type: secret}}, ", i);
    const auto answered = answer(questions(text), test_context());
    CHECK(answered.faults.empty());
    CHECK(answered.answers.size() == 10000);
  }
}

}  // namespace town::package

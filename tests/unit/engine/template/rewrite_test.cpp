#include <doctest/doctest.h>

#include "engine/package/substitute.h"
#include "tests/unit/engine/template/support.h"

namespace town::tmpl {
namespace {

std::string substitute(std::string_view text) {
  static const package::Variables table = {{"v", "X"},          {"open", "{{.Package.Name}}"},
                                           {"brace", "{"},      {"braces", "a{{{b"},
                                           {"blank", " \n "},   {"spaced", " s "},
                                           {"empty", ""},       {"close", "}}"},
                                           {"quote", "\"`'"},   {"bytes", "\xff\x01{{"},
                                           {"mark", "@v@ {{/*"}};
  return package::substitute(text, table);
}

std::string rendered(const std::string& source) {
  return Template::parse("t", source).with_text(substitute).render(sample_data());
}

std::string as_source(const std::string& source) {
  return Template::parse("t", source).source_with_text(substitute);
}

}  // namespace

TEST_SUITE("engine/template/rewrite") {
  TEST_CASE("markers are substituted in text and nowhere else") {
    CHECK(rendered("@v@ {{\"@v@\"}} {{`@v@`}}{{/* @v@ */}} @v@") == "X @v@ @v@ X");
    CHECK(as_source("@v@ {{\"@v@\"}}{{/* @v@ */}}\n{{- `@v@` -}} @v@ {{ 1 }}") ==
          "X {{\"@v@\"}}{{/* @v@ */}}\n{{- `@v@` -}} X {{ 1 }}");
  }

  TEST_CASE("a marker does not reach across an action") {
    CHECK(rendered("@{{/* */}}v@") == "@v@");
    CHECK(rendered("@{{if 1}}v{{end}}@") == "@v@");
  }

  TEST_CASE("a source without markers comes back byte for byte") {
    for (const std::string source :
         {"", "a", " {{- 1 -}} \n", "{ {{`}}`}} } {{/* c */}}", "${X} @ @a {{print \"{{\"}}\r\n",
          "{{if 1}}\t{{else}} {{end -}}  "}) {
      CAPTURE(source);
      CHECK(as_source(source) == source);
    }
  }

  TEST_CASE("a value that holds code is text") {
    CHECK(rendered("<@open@>") == "<{{.Package.Name}}>");
    CHECK(as_source("<@open@>") == "<{{\"{{\"}}.Package.Name}}>");
    CHECK(as_source("@braces@") == "a{{\"{{{\"}}b");
    CHECK(as_source("@mark@") == "@v@ {{\"{{\"}}/*");
  }

  TEST_CASE("braces that meet are not read as code") {
    CHECK(as_source("@brace@{x") == "{{\"{{\"}}x");
    CHECK(as_source("@brace@{{1}}") == "{{\"{\"}}{{1}}");
    CHECK(as_source("@brace@") == "{");
    CHECK(as_source("@brace@ {{1}}") == "{ {{1}}");
  }

  TEST_CASE("a value's white space is not trimmed with the template's") {
    CHECK(rendered("{{1 -}} @spaced@ {{- 2}}") == "1 s 2");
    CHECK(as_source("{{1 -}} @spaced@ {{- 2}}") == "{{1 -}} {{\" \"}}s{{\" \"}} {{- 2}}");
    CHECK(as_source("{{1 -}} @blank@ {{- 2}}") == "{{1 -}} {{\" \\n \"}} {{- 2}}");
  }

  TEST_CASE("the rewritten source, parsed, renders as the rewritten template") {
    const std::vector<std::string> markers = {"@v@",     "@open@",   "@brace@", "@braces@",
                                              "@blank@", "@spaced@", "@empty@", "@close@",
                                              "@quote@", "@bytes@",  "@mark@",  "{"};
    const std::vector<std::string> between = {
        "", " ", "{{1}}", " {{- 2 -}} ", "{{/* c */ -}}\n", "{{- `{{` }}", "}", "x"};
    int cases = 0;
    for (const auto& first : markers) {
      for (const auto& second : markers) {
        for (const auto& middle : between) {
          const auto source = middle + first + middle + second + middle;
          CAPTURE(source);
          std::string expected;
          try {
            expected = rendered(source);
          } catch (const TemplateError&) {
            continue;  // two braces of the source itself
          }
          CHECK(Template::parse("t", as_source(source)).render(sample_data()) == expected);
          ++cases;
        }
      }
    }
    CHECK(cases > 900);
  }

  TEST_CASE("a definition that becomes blank still counts as one") {
    const std::string source =
        "{{define \"x\"}}@empty@{{end}}{{define \"x\"}} {{end}}[{{template \"x\"}}]";
    CHECK(rendered(source) == "[]");
    CHECK(Template::parse("t", as_source(source)).render(sample_data()) == "[]");
  }
}

}  // namespace town::tmpl

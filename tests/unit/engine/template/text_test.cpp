// What Go 1.19 prints for the same template and data; see support.h.
#include <doctest/doctest.h>

#include "tests/unit/engine/template/support.h"

namespace town::tmpl {

TEST_SUITE("engine/template/text") {
  TEST_CASE("text passes through byte for byte") {
    check_rows({
        {"plain", "plain"},
        {"", ""},
        {"  \n\t ", "  \n\t "},
        {"${VAR} $(cmd) `x` a{b}c", "${VAR} $(cmd) `x` a{b}c"},
        {"awk '{print $1}'", "awk '{print $1}'"},
        {R"t(sed 's/^{\{0,1\}//')t", R"t(sed 's/^{\{0,1\}//')t"},
        {"} }} }}}", "} }} }}}"},
        {R"t(@user@ @@ 100% \n)t", R"t(@user@ @@ 100% \n)t"},
        {"héllo 😀", "héllo 😀"},
        {"{ { x } }", "{ { x } }"},
    });
  }

  TEST_CASE("trim markers take the white space next to them and no more") {
    check_rows({
        {"a  {{- 1 -}}  b", "a1b"},
        {"a \n\t {{- 1}} b", "a1 b"},
        {"a {{1 -}} \r\n b", "a 1b"},
        {"a {{1}} b", "a 1 b"},
        {"{{- 1 -}}", "1"},
        {"x {{- 3}} {{4 -}} y", "x3 4y"},
        {"a\302\240{{- 1 -}}\302\240b", "a\302\2401\302\240b"},
        {"a {{- 1 -}}  {{- 2 -}} b", "a12b"},
        {"a {{ -1 }} b", "a -1 b"},
        {"a {{-1}} b", "a -1 b"},
        {"a {{- -1 -}} b", "a-1b"},
        {"{{3 -}}x", "3x"},
        {R"t( {{- "x" -}} )t", "x"},
        {" {{- /* c */ -}} b", "b"},
        {"\013{{- 1 -}}\013", "\0131\013"},
    });
  }

  TEST_CASE("comments print nothing") {
    check_rows({
        {"{{/**/}}x", "x"},
        {"a{{/* }} */}}b", "ab"},
        {"{{/* a\nb */}}x", "x"},
        {"{{- /* x */ -}} a", "a"},
        {"a {{- /* x */}} b", "a b"},
        {R"t({{/* "quoted */}}x)t", "x"},
    });
  }

  TEST_CASE("a broken action is an error") {
    check_faults({
        {"{{", 1},
        {"{{ ", 1},
        {"{{}}", 1},
        {"{{- }}", 1},
        {"{{- -}}", 1},
        {"{{3-}}", 1},
        {"{{.}", 1},
        {"{{/*", 1},
        {"{{/* abc", 1},
        {"{{/*/}}", 1},
        {"{{/* a */ }}", 1},
        {"{{ /* a */}}", 1},
        {"{{-  /* x */ }}", 1},
        {R"t({{"abc)t", 1},
        {"{{'a", 1},
        {"{{`abc", 1},
        {"{{\"a\nb\"}}", 1},
        {"a\nb\n{{", 3},
        {"{{#}}", 1},
        {"{{!}}", 1},
        {"{{%}}", 1},
        {R"t({{print \ 1}})t", 1},
        {"{{\001}}", 1},
        {"{{Ã}}", 1},
        {"{{1,2}}", 1},
        {"{{print % 1}}", 1},
    });
  }
}

}  // namespace town::tmpl

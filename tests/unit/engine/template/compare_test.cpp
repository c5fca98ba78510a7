// What Go 1.19 prints for the same template and data; see support.h.
#include <doctest/doctest.h>

#include "tests/unit/engine/template/support.h"

namespace town::tmpl {

TEST_SUITE("engine/template/compare") {
  TEST_CASE("and, or and not") {
    check_rows({
        {R"t({{and 1 2}} {{and 0 2}} {{and 1 ""}}| {{or 0 2}} {{or 1 2}} {{or 0 ""}}|)t",
         "2 0 | 2 1 |"},
        {"{{and 1}} {{or 0}} {{and 1 2 3}} {{or 0 0 3}} {{and 1 0 3}}", "1 0 3 3 0"},
        {"{{1 | and}} {{1 | or 0}} {{1 | and 0}} {{2 | or 1}} {{0 | and 1}} {{1 | and 2 3}}",
         "1 1 0 1 0 1"},
        {"{{or 1 (index nil)}} {{and 0 (index nil)}}", "1 0"},
        {R"t({{not 1}} {{not 0}} {{not ""}} {{not .Responses}} {{not nil}})t",
         "false true true false true"},
        {"{{or nil .Missing}} {{and nil 1}}", "<no value> <no value>"},
        {"{{and (or 0 1) (not 0)}}", "true"},
        {"{{and .Responses .Package.Name}}", "pkg"},
    });
    check_faults({
        {"{{or 0 (index nil)}}", 1},
        {"{{and 1 (index nil)}}", 1},
        {"{{and}}", 1},
        {"{{or}}", 1},
        {"{{not}}", 1},
        {"{{not 1 2}}", 1},
    });
  }

  TEST_CASE("eq and ne") {
    check_rows({
        {"{{eq 1 1}} {{eq 1 2}} {{eq 1 2 1}} {{eq 1 2 3}} {{ne 1 1}} {{ne 1 2}}",
         "true false true false false true"},
        {R"t({{eq "a" "a"}} {{eq "a" "b"}} {{eq 1.5 1.5}} {{eq true true}} {{eq 1i 1i}} {{eq 'a' 97}})t",
         "true false true true true true"},
        {R"t({{eq .Responses.user "bob"}} {{eq .Package.Name "x" "pkg"}})t", "true true"},
        {R"t({{eq (index "abc" 0) 97}} {{eq 97 (index "abc" 0)}} {{eq -1 (index "\xff" 0)}})t",
         "true true false"},
        {"{{eq .Package .Package}} {{eq .Package .System}} {{ne .Package .System}}",
         "true false true"},
        {"{{eq nil nil}} {{eq 1 nil}} {{eq nil 1}} {{ne nil nil}} {{ne nil 1}}",
         "true false false false true"},
        {"{{eq .Responses nil}} {{eq nil .Package}} {{eq .Package nil .Package}}",
         "false false true"},
        {R"t({{eq 1 1 "a"}})t", "true"},
        {"{{eq .Dep.db .Package}}", "false"},
        {"{{eq .Dep.db nil}}", "false"},
    });
  }

  TEST_CASE("lt, le, gt and ge") {
    check_rows({
        {"{{lt 1 2}} {{lt 2 1}} {{lt 1 1}} {{le 1 1}} {{le 2 1}} {{gt 2 1}} {{gt 1 1}} {{ge 1 1}} "
         "{{ge 0 1}}",
         "true false false true false true false true false"},
        {R"t({{lt "a" "b"}} {{gt "b" "a"}} {{le "" ""}} {{lt "Z" "a"}} {{lt "a" "é"}})t",
         "true true true true true"},
        {"{{lt 1.5 2.5}} {{ge 1.5 1.5}} {{lt -0.0 0.0}}", "true true false"},
        {R"t({{lt (index "abc" 0) 98}} {{lt 98 (index "abc" 0)}} {{lt -1 (index "abc" 0)}} {{gt (index "abc" 0) -1}})t",
         "true false true true"},
        {"{{2 | lt 1}}", "true"},
    });
  }

  TEST_CASE("what cannot be compared is an error") {
    check_faults({
        {"{{eq 1 1.0}}", 1},
        {R"t({{eq "a" 1}})t", 1},
        {R"t({{eq 1 2 "a"}})t", 1},
        {"{{eq true 1}}", 1},
        {"{{eq .Package 1}}", 1},
        {"{{eq .Package .Dep.db}}", 1},
        {"{{eq .Responses .Responses}}", 1},
        {"{{eq .Dep.db .Dep.db}}", 1},
        {"{{eq 1 .Responses}}", 1},
        {"{{eq 1}}", 1},
        {"{{eq}}", 1},
        {"{{ne 1}}", 1},
        {"{{ne 1 2 3}}", 1},
        {R"t({{lt 1 "a"}})t", 1},
        {"{{lt 1 1.5}}", 1},
        {"{{lt true false}}", 1},
        {"{{lt 1i 2i}}", 1},
        {"{{lt nil nil}}", 1},
        {"{{lt .Missing 1}}", 1},
        {"{{lt .Package .Package}}", 1},
        {"{{lt 1}}", 1},
        {"{{gt 1 2 3}}", 1},
        {"{{le .Responses 1}}", 1},
    });
  }
}

}  // namespace town::tmpl

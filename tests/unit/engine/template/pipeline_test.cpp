// What Go 1.19 prints for the same template and data; see support.h.
#include <doctest/doctest.h>

#include "tests/unit/engine/template/support.h"

namespace town::tmpl {

TEST_SUITE("engine/template/pipeline") {
  TEST_CASE("a value goes through the commands as their last argument") {
    check_rows({
        {R"t({{"a" | print}})t", "a"},
        {R"t({{"a"|print}})t", "a"},
        {"{{1 | print 2 | print 3}}", "32 1"},
        {R"t({{.Responses.user | printf "%s-%s" "a"}})t", "a-bob"},
        {R"t({{"abc" | len | print "n="}})t", "n=3"},
        {"{{1|}}", "1"},
        {"{{1 | }}x", "1x"},
        {"{{(1|)}}", "1"},
        {"{{print 1 |}}", "1"},
    });
  }

  TEST_CASE("parentheses make a value of a pipeline") {
    check_rows({
        {"{{(1)}}", "1"},
        {"{{((((1))))}}", "1"},
        {R"t({{print (print 1 2) (len "abc")}})t", "1 23"},
        {R"t({{(print "a") | print "b"}})t", "ba"},
        {"{{(.Responses).user}}", "bob"},
        {R"t({{(index .Dep "db").Host}})t", "dbhost"},
        {"{{print (1 | print 2)}}", "2 1"},
        {"{{(.Missing)}}", "<no value>"},
        {"{{if (eq 1 1)}}y{{end}}", "y"},
    });
  }

  TEST_CASE("variables: declared, assigned, as long as their block") {
    check_rows({
        {"{{$x := 1}}{{$x}}", "1"},
        {"{{$x:=1}}{{$x}}", "1"},
        {"{{$x := 1}}{{$x = 2}}{{$x}}", "2"},
        {"{{$x := 1}}{{if 1}}{{$x = 2}}{{end}}{{$x}}", "2"},
        {"{{$x := 1}}{{if 1}}{{$x := 2}}{{$x}}{{end}}{{$x}}", "21"},
        {"{{$x := 1}}{{with 2}}{{$x = .}}{{end}}{{$x}}", "2"},
        {"{{$x := .Responses}}{{$x.user}}", "bob"},
        {"{{$}}",
         R"t(map[Dep:map[db:{dbhost map[5432:5432 sql:5432] map[data:/var/lib]}] Package:{pkg 1.0 default img:1 A pkg} Responses:map[_x:u a1:1 empty: größe:g html:<a href='x'>"&</a> n:42 pw:p@ss user:bob] System:{box 1.2.3.4 }])t"},
        {"{{$.Package.Name}}", "pkg"},
        {"{{with 1}}{{$.Package.Name}}{{end}}", "pkg"},
        {"{{$é := 1}}{{$é}}", "1"},
        {"{{$_a1 := 1}}{{$_a1}}", "1"},
        {"{{$x := 1 | print 2}}{{$x}}", "2 1"},
        {"{{($x := 1)}}{{$x}}", "11"},
        {"{{print ($x := 1) $x}}", "1 1"},
        {"{{if ($x := 1)}}{{$x}}{{end}}", "1"},
        {"{{with $x := 5}}{{$x}}{{.}}{{end}}", "55"},
        {"{{if $x := 5}}{{$x}}{{else}}{{$x}}{{end}}", "5"},
        {"{{if $x := 0}}{{$x}}{{else}}{{$x}}{{end}}", "0"},
        {"{{if false}}{{$x = 1}}{{end}}ok", "ok"},
        {"{{if true}}{{$x := 1}}{{else}}{{$x}}{{end}}ok", "ok"},
        {"{{$x := 1}}{{if false}}{{$x := 2}}{{else}}{{$x}}{{end}}", "1"},
    });
  }

  TEST_CASE("a variable without a value is an error") {
    check_faults({
        {"{{$x}}", 1},
        {"{{$x = 1}}", 1},
        {"{{$x := $x}}", 1},
        {"{{if 1}}{{$x := 1}}{{end}}{{$x}}", 1},
        {"{{if false}}{{$x := 1}}{{else}}{{$x}}{{end}}", 1},
        {"{{range $x := .Responses}}{{end}}{{$x}}", 1},
        {R"t({{$x := 1}}{{define "a"}}{{$x}}{{end}})t", 1},
        {"{{or 1 ($x := 1)}}{{$x}}", 1},
        {"{{$x, $y := 1}}", 1},
        {"{{$x=1}}", 1},
        {"{{$x= 1}}", 1},
        {"{{$x := }}", 1},
        {"{{$x :=}}", 1},
        {"{{$x : = 1}}", 1},
        {"{{if $x, $y := 1}}{{end}}", 1},
        {"{{with $x, $y := .}}{{end}}", 1},
        {R"t({{print "a" | $x := 1}})t", 1},
        {"{{$x.y := 1}}", 1},
        {"{{1 := 1}}", 1},
    });
  }

  TEST_CASE("only functions take arguments") {
    check_rows({
        {"{{.Missing.X 1}}", "<no value>"},
        {"{{1 | .Missing.X}}", "<no value>"},
        {"{{.Missing.X (index nil)}}", "<no value>"},
    });
    check_faults({
        {"{{1 2}}", 1},
        {R"t({{"a" 1}})t", 1},
        {"{{. 1}}", 1},
        {"{{$ 1}}", 1},
        {"{{$ .X}}", 1},
        {".{{. .X}}", 1},
        {"{{(print) 1}}", 1},
        {"{{1 | (print)}}", 1},
        {"{{1 | $}}", 1},
        {"{{nil 1}}", 1},
        {"{{.Responses.user 1}}", 1},
        {"{{1 | .Responses.user}}", 1},
        {"{{.Responses 1}}", 1},
        {"{{.Package.Name 1}}", 1},
        {"{{.Missing 1}}", 1},
        {"{{true 1}}", 1},
    });
  }

  TEST_CASE("a constant cannot stand behind a pipe") {
    check_faults({
        {"{{1 | 2}}", 1},
        {R"t({{1 | "a"}})t", 1},
        {"{{1 | .}}", 1},
        {"{{1 | nil}}", 1},
        {"{{1 | true}}", 1},
        {"{{1 | 'a'}}", 1},
        {"{{print (1 | 2)}}", 1},
    });
  }

  TEST_CASE("words must be set apart, and belong where they stand") {
    check_faults({
        {R"t({{print 1"a"}})t", 1},
        {R"t({{print"a"}})t", 1},
        {"{{print (1)(2)}}", 1},
        {"{{print 1(2)}}", 1},
        {"{{.X-Y}}", 1},
        {"{{. .}}", 1},
        {"{{..X}}", 1},
        {"{{print .Package.Name.}}", 1},
        {"{{1.X}}", 1},
        {R"t({{"a".X}})t", 1},
        {"{{true.X}}", 1},
        {"{{nil.X}}", 1},
        {"{{.Package .Name}}", 1},
        {"{{|1}}", 1},
        {"{{1||2}}", 1},
        {"{{print 1 | | print}}", 1},
        {"{{()}}", 1},
        {"{{print ()}}", 1},
        {"{{(1}}", 1},
        {"{{1)}}", 1},
        {"{{((1)}}", 1},
        {"{{print (}}", 1},
        {"{{foo}}", 1},
        {"{{print foo}}", 1},
        {"{{Print}}", 1},
        {"{{print 1 = 2}}", 1},
        {"{{print , }}", 1},
    });
  }

  TEST_CASE("a function without arguments can be one") {
    check_rows({
        {"{{len print}}", "0"},
        {"{{print print}}x", "x"},
    });
    check_faults({
        {"{{print len}}", 1},
        {"{{print.X}}", 1},
        {"{{(print 1).X}}", 1},
    });
  }
}

}  // namespace town::tmpl

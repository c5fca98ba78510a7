// What Go 1.19 prints for the same template and data; see support.h.
#include <doctest/doctest.h>

#include "tests/unit/engine/template/support.h"

namespace town::tmpl {

TEST_SUITE("engine/template/definition") {
  TEST_CASE("template carries out a definition with its own dot and variables") {
    check_rows({
        {R"t({{define "a"}}<{{.}}>{{end}}{{template "a" 1}}{{template "a"}})t", "<1><<no value>>"},
        {R"t({{template "x" 1}}{{define "x"}}<{{.}}{{$}}>{{end}})t", "<11>"},
        {R"t({{define "a"}}{{template "b" .}}{{end}}{{define "b"}}[{{.}}]{{end}}{{template "a" "v"}})t",
         "[v]"},
        {"{{define `a`}}x{{end}}{{template `a`}}", "x"},
        {R"t({{define "a b/c"}}x{{end}}{{template "a b/c"}})t", "x"},
        {R"t({{$x := 1}}{{define "a"}}{{$x := 2}}{{$x}}{{end}}{{template "a"}}{{$x}})t", "21"},
        {R"t({{define "a"}}{{.X.Y}}{{end}}{{template "a"}})t", "<no value>"},
        {R"t({{template "a" $x := 1}}{{define "a"}}{{.}}{{end}}{{$x}})t", "11"},
        {R"t({{template "a" "b" | print "c"}}{{define "a"}}{{.}}{{end}})t", "cb"},
        {R"t({{template "a"1}}{{define "a"}}{{.}}{{end}})t", "1"},
        {R"t({{define "r"}}{{if .}}{{.}} {{template "r" (slice . 1)}}{{end}}{{end}}{{template "r" "abc"}})t",
         "abc bc c "},
        {R"t(x {{- define "a"}} y {{end -}} z)t", "xz"},
        {R"t({{with .Package}}{{template "p" .}}{{end}}{{define "p"}}{{.Name}}{{end}})t", "pkg"},
        {R"t({{range .Responses}}{{template "x" .}}{{end}}{{define "x"}}{{.}};{{end}})t",
         R"t(u;1;;g;<a href='x'>"&</a>;42;p@ss;bob;)t"},
    });
  }

  TEST_CASE("block defines and carries out") {
    check_rows({
        {R"t({{block "x" 1}}<{{.}}>{{end}}{{template "x" 2}})t", "<1><2>"},
        {R"t({{block "x" .Package}}{{.Name}}{{end}})t", "pkg"},
        {R"t({{if 0}}{{block "x" 1}}b{{end}}{{end}}{{template "x"}})t", "b"},
        {R"t({{range .Responses}}{{block "x" .}}[{{.}}]{{end}}{{end}})t",
         R"t([u][1][][g][<a href='x'>"&</a>][42][p@ss][bob])t"},
        {R"t({{define "o"}}{{block "i" .}}({{.}}){{end}}{{end}}{{template "o" 1}}{{template "i" 2}})t",
         "(1)(2)"},
        {R"t({{block "a" $x := 1}}{{.}}{{end}}{{$x}})t", "11"},
    });
  }

  TEST_CASE("an empty definition gives way, others clash") {
    check_rows({
        {R"t({{define "x"}}{{end}}{{define "x"}}b{{end}}{{template "x"}})t", "b"},
        {"{{define \"x\"}}a{{end}}{{define \"x\"}} \n{{end}}{{template \"x\"}}", "a"},
        {R"t({{define "x"}} {{end}}{{define "x"}}  {{end}}[{{template "x"}}])t", "[  ]"},
        {R"t({{define "x"}}{{/* c */}}{{end}}{{define "x"}}b{{end}}{{template "x"}})t", "b"},
        {R"t({{define "t"}}X{{end}})t", "X"},
        {R"t({{define "t"}} {{end}}y)t", "y"},
    });
    check_faults({
        {R"t({{define "x"}}a{{end}}{{define "x"}}b{{end}})t", 1},
        {R"t({{block "x" 1}}a{{end}}{{define "x"}}b{{end}})t", 1},
        {R"t({{define "t"}}X{{end}} y)t", 1},
        {R"t({{define "x"}}{{if 0}}{{end}}{{end}}{{define "x"}}b{{end}})t", 1},
    });
  }

  TEST_CASE("a definition that is not there, or not right, is an error") {
    check_rows({
        {R"t({{if 0}}{{template "none"}}{{end}}ok)t", "ok"},
    });
    check_faults({
        {R"t({{template "none"}})t", 1},
        {"{{template x}}", 1},
        {"{{template}}", 1},
        {"{{template 1}}", 1},
        {"{{template .}}", 1},
        {R"t({{template "a" nil}}{{define "a"}}{{end}})t", 1},
        {R"t({{template "a"|print}}{{define "a"}}{{end}})t", 1},
        {R"t({{template "a" 1 | 2}})t", 1},
        {"{{define}}{{end}}", 1},
        {"{{define x}}{{end}}", 1},
        {R"t({{define "a" 1}}{{end}})t", 1},
        {R"t({{define "a"}}{{else}}{{end}})t", 1},
        {R"t({{block "a"}}{{end}})t", 1},
        {R"t({{block "a" }}{{end}})t", 1},
        {"{{block}}{{end}}", 1},
        {R"t({{if 1}}{{define "x"}}{{end}}{{end}})t", 1},
        {R"t({{define "x"}}a{{define "y"}}b{{end}}{{end}})t", 1},
        {R"t({{define "\q"}}{{end}})t", 1},
        {R"t({{template "t"}})t", 1},
        {R"t({{define "a"}}{{template "b"}}{{end}}{{define "b"}}{{template "a"}}{{end}}{{template "a"}})t",
         1},
    });
  }
}

}  // namespace town::tmpl

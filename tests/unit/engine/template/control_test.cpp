// What Go 1.19 prints for the same template and data; see support.h.
#include <doctest/doctest.h>

#include "tests/unit/engine/template/support.h"

namespace town::tmpl {

TEST_SUITE("engine/template/control") {
  TEST_CASE("if asks whether a value is empty") {
    check_rows({
        {"{{if 1}}T{{end}}", "T"},
        {"{{if 0}}T{{else}}F{{end}}", "F"},
        {"{{if true}}T{{else}}F{{end}}", "T"},
        {"{{if false}}T{{else}}F{{end}}", "F"},
        {"{{if 0}}T{{else}}F{{end}}", "F"},
        {"{{if 1}}T{{else}}F{{end}}", "T"},
        {"{{if -1}}T{{else}}F{{end}}", "T"},
        {"{{if 0.0}}T{{else}}F{{end}}", "F"},
        {"{{if -0.0}}T{{else}}F{{end}}", "F"},
        {"{{if 0.1}}T{{else}}F{{end}}", "T"},
        {"{{if 0i}}T{{else}}F{{end}}", "F"},
        {"{{if 1i}}T{{else}}F{{end}}", "T"},
        {R"t({{if ""}}T{{else}}F{{end}})t", "F"},
        {R"t({{if "0"}}T{{else}}F{{end}})t", "T"},
        {"{{if 'a'}}T{{else}}F{{end}}", "T"},
        {"{{if .Missing}}T{{else}}F{{end}}", "F"},
        {"{{if .Missing.X}}T{{else}}F{{end}}", "F"},
        {"{{if .Responses}}T{{else}}F{{end}}", "T"},
        {"{{if .Package}}T{{else}}F{{end}}", "T"},
        {R"t({{if index .Dep "none"}}T{{else}}F{{end}})t", "T"},
        {"{{if .Dep.none}}T{{else}}F{{end}}", "F"},
        {R"t({{if (index "\x00" 0)}}T{{else}}F{{end}})t", "F"},
        {"{{if .Responses.empty}}T{{else}}F{{end}}", "F"},
        {R"t({{if index .Responses "nope"}}T{{else}}F{{end}})t", "F"},
        {"{{if .Package}}x{{end}}{{if.Package}}y{{end}}{{if(1)}}z{{end}}", "xyz"},
    });
  }

  TEST_CASE("else if goes on to the next question") {
    check_rows({
        {"{{if 0}}a{{else if 1}}b{{else}}c{{end}}", "b"},
        {"{{if 0}}a{{else if 0}}b{{else if 1}}c{{else}}d{{end}}", "c"},
        {"{{if 0}}a{{else if 0}}b{{end}}x", "x"},
        {"{{if 1}}a{{else if 1}}b{{end}}", "a"},
        {"{{if 0}}a{{else}}{{if 1}}b{{end}}{{end}}", "b"},
        {"{{if 0}}{{else if $x := 1}}{{$x}}{{end}}", "1"},
        {"{{if 0 -}} a {{- else -}} b {{- end}}", "b"},
    });
  }

  TEST_CASE("with sets the dot") {
    check_rows({
        {"{{with .Responses}}{{.user}}{{end}}", "bob"},
        {"{{with 0}}a{{else}}{{.Package.Name}}{{end}}", "pkg"},
        {"{{with .Missing}}a{{end}}b", "b"},
        {"{{with $x := .Package}}{{$x.Name}}{{.Version}}{{end}}", "pkg1.0"},
        {"{{with 1}}{{with 2}}{{.}}{{end}}{{.}}{{end}}", "21"},
        {"{{with .Package}}{{with .Name}}{{.}}{{end}}{{.Version}}{{end}}", "pkg1.0"},
    });
  }

  TEST_CASE("range goes over a map in the order of its keys") {
    check_rows({
        {"{{range .Responses}}[{{.}}]{{end}}",
         R"t([u][1][][g][<a href='x'>"&</a>][42][p@ss][bob])t"},
        {"{{range $v := .Responses}}[{{$v}}]{{end}}",
         R"t([u][1][][g][<a href='x'>"&</a>][42][p@ss][bob])t"},
        {"{{range $k, $v := .Responses}}{{$k}}={{$v}};{{end}}",
         R"t(_x=u;a1=1;empty=;größe=g;html=<a href='x'>"&</a>;n=42;pw=p@ss;user=bob;)t"},
        {"{{range $k, $v := .Dep}}{{$k}} {{$v.Host}} {{.Host}}{{end}}", "db dbhost dbhost"},
        {"{{range .Missing}}a{{else}}b{{end}}", "b"},
        {"{{range .Dep.none}}a{{else}}b{{end}}", "b"},
        {"{{range $k, $v := .Missing}}{{else}}[{{$k}}{{$v}}]{{end}}", "[<no value><no value>]"},
        {"{{range .Dep.db.Ports}}{{$.Package.Name}}{{end}}", "pkgpkg"},
        {"{{range $k, $v := .Responses}}{{$x := $k}}{{$x}}{{end}}", "_xa1emptygrößehtmlnpwuser"},
        {"{{range .Dep}}{{range .Ports}}{{.}},{{end}};{{end}}", "5432,5432,;"},
        {"{{range.Responses}}.{{end}}", "........"},
        {"{{range $k, $v := .}}{{$k}} {{end}}", "Dep Package Responses System "},
        {"{{range $x := (.Responses)}}.{{end}}", "........"},
    });
  }

  TEST_CASE("range can assign what was declared before") {
    check_rows({
        {"{{$v := 2}}{{range $v = .Responses}}{{end}}{{$v}}", "bob"},
        {"{{$k := 1}}{{$v := 2}}{{range $k, $v = .Responses}}{{end}}{{$k}}{{$v}}", "userbob"},
        {"{{$v := 2}}{{range $v = .Missing}}{{else}}{{$v}}{{end}}", "<no value>"},
    });
    check_faults({
        {"{{range $x, $y = .Responses}}{{end}}", 1},
    });
  }

  TEST_CASE("break and continue leave the body of the innermost range") {
    check_rows({
        {"{{range .Responses}}a{{break}}b{{end}}c", "ac"},
        {"{{range .Responses}}a{{continue}}b{{end}}c", "aaaaaaaac"},
        {R"t({{range $k, $v := .Responses}}{{if eq $k "n"}}{{break}}{{end}}{{$k}}{{end}})t",
         "_xa1emptygrößehtml"},
        {R"t({{range $k, $v := .Responses}}{{if eq $k "n"}}{{continue}}{{end}}{{$k}}{{end}})t",
         "_xa1emptygrößehtmlpwuser"},
        {"{{range .Responses}}{{with 1}}{{$q := 1}}{{continue}}{{end}}{{end}}b", "b"},
        {"{{range .Responses}}{{with 1}}{{if .}}{{break}}{{end}}{{end}}{{end}}{{.Package.Name}}",
         "pkg"},
        {"{{range .Dep}}{{range .Ports}}x{{break}}{{end}}y{{end}}", "xy"},
        {"{{range .X}}{{range .Y}}{{else}}{{break}}{{end}}{{end}}ok", "ok"},
        {"{{range .Responses}}{{range $.None}}{{else}}{{break}}x{{end}}a{{end}}", "aaaaaaaa"},
        {"{{range .Responses}}{{range $.None}}{{else}}{{continue}}x{{end}}a{{end}}b", "b"},
        {"{{range .Responses}}{{range $.None}}{{else}}{{with "
         "1}}{{break}}{{end}}{{end}}{{.}}{{end}}",
         R"t(u1g<a href='x'>"&</a>42p@ssbob)t"},
        {"{{range .Responses}}{{break }}{{end}}", ""},
    });
    check_faults({
        {"{{range .Dep}}{{range .None2}}{{else}}{{continue}}{{end}}{{end}}", 1},
    });
  }

  TEST_CASE("break and continue outside of a range are errors") {
    check_faults({
        {"{{break}}", 1},
        {"{{continue}}", 1},
        {"{{if 1}}{{break}}{{end}}", 1},
        {"{{range .Responses}}{{break 1}}{{end}}", 1},
        {"{{range .Responses}}{{else}}{{break}}{{end}}", 1},
        {R"t({{range .Responses}}{{define "x"}}{{end}}{{end}})t", 1},
        {R"t({{define "x"}}{{break}}{{end}})t", 1},
        {R"t({{range .Responses}}{{block "q" .}}{{break}}{{end}}{{end}})t", 1},
    });
  }

  TEST_CASE("only maps and nothing can be gone over") {
    check_faults({
        {"{{range 5}}{{end}}", 1},
        {R"t({{range "abc"}}{{end}})t", 1},
        {"{{range 1.5}}{{end}}", 1},
        {"{{range true}}{{end}}", 1},
        {"{{range .Package}}{{end}}", 1},
        {"{{range nil}}{{end}}", 1},
        {"{{range .Responses.user}}{{end}}", 1},
    });
  }

  TEST_CASE("blocks that do not fit together are errors") {
    check_faults({
        {"{{if 1}}", 1},
        {"{{range .}}", 1},
        {"{{with 1}}", 1},
        {R"t({{define "x"}})t", 1},
        {R"t({{block "x" 1}})t", 1},
        {"{{end}}", 1},
        {"{{else}}", 1},
        {"{{if 1}}{{end}}{{end}}", 1},
        {"{{if 1}}{{else}}{{else}}{{end}}", 1},
        {"{{if}}{{end}}", 1},
        {"{{with}}{{end}}", 1},
        {"{{range}}{{end}}", 1},
        {"{{if 1}}{{end x}}", 1},
        {"{{if 1}}{{else 1}}{{end}}", 1},
        {"{{if 0}}{{else if}}{{end}}", 1},
        {"{{with 0}}{{else with 1}}{{end}}", 1},
        {"{{with 0}}{{else if 1}}{{end}}", 1},
        {"{{range .X}}{{else if 1}}{{end}}", 1},
        {"{{if 1}}{{elseif 2}}{{end}}", 1},
        {R"t({{if"a"}}{{end}})t", 1},
        {"{{range $x, := .}}{{end}}", 1},
        {"{{range $x, $y, $z := .}}{{end}}", 1},
        {"{{range $x, 1 := .}}{{end}}", 1},
    });
  }
}

}  // namespace town::tmpl

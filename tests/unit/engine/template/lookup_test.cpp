// What Go 1.19 prints for the same template and data; see support.h.
#include <doctest/doctest.h>

#include "tests/unit/engine/template/support.h"

namespace town::tmpl {

TEST_SUITE("engine/template/lookup") {
  TEST_CASE("fields and entries") {
    check_rows({
        {"{{.Responses.user}} {{.Package.Name}} {{.Package.Version}} {{.Package.Repo}} "
         "{{.Package.Image}} {{.Package.Description}}",
         "bob pkg 1.0 default img:1 A pkg"},
        {"{{.System.Hostname}} {{.System.ExternalIP}} [{{.System.InternalIP}}]", "box 1.2.3.4 []"},
        {R"t({{.Dep.db.Host}} {{index .Dep.db.Ports "sql"}} {{index .Dep.db.Ports "5432"}} {{.Dep.db.Volumes.data}} {{.Dep.db.Ports.sql}})t",
         "dbhost 5432 5432 /var/lib 5432"},
        {"{{.Responses.größe}} {{.Responses._x}} {{.Responses.a1}}", "g u 1"},
        {"{{.}}",
         R"t(map[Dep:map[db:{dbhost map[5432:5432 sql:5432] map[data:/var/lib]}] Package:{pkg 1.0 default img:1 A pkg} Responses:map[_x:u a1:1 empty: größe:g html:<a href='x'>"&</a> n:42 pw:p@ss user:bob] System:{box 1.2.3.4 }])t"},
        {"{{.Responses}}",
         R"t(map[_x:u a1:1 empty: größe:g html:<a href='x'>"&</a> n:42 pw:p@ss user:bob])t"},
        {"{{.Package}} {{.System}}", "{pkg 1.0 default img:1 A pkg} {box 1.2.3.4 }"},
        {"{{.Dep}}", "map[db:{dbhost map[5432:5432 sql:5432] map[data:/var/lib]}]"},
    });
  }

  TEST_CASE("what is not there prints as no value") {
    check_rows({
        {"{{.Missing}}", "<no value>"},
        {"{{.Responses.nope}}", "<no value>"},
        {"{{.Missing.X.Y}}", "<no value>"},
        {"{{.Responses.nope.x}}", "<no value>"},
        {"{{.Dep.none.Host}}", "<no value>"},
        {"{{print .Missing}}", "<nil>"},
        {"{{.Missing | print}}", "<nil>"},
        {R"t({{printf "%v" .Missing}})t", "<nil>"},
        {R"t({{printf "%d" .Missing}})t", "%!d(<nil>)"},
        {"{{html .Missing}}", "&lt;no value&gt;"},
        {"{{js .Missing}}", R"t(\u003Cno value\u003E)t"},
        {"{{urlquery .Missing}}", "%3Cno+value%3E"},
        {R"t({{or .Missing "d"}})t", "d"},
        {"{{and .Missing 1}}", "<no value>"},
        {"{{not .Missing}}", "true"},
        {"{{eq .Missing nil}}", "true"},
        {"{{$x := .Missing}}{{$x}}", "<no value>"},
        {R"t({{template "a" .Missing}}{{define "a"}}{{.}}{{.x}}{{end}})t", "<no value><no value>"},
    });
    check_faults({
        {"{{len .Missing}}", 1},
        {"{{printf .Missing}}", 1},
    });
  }

  TEST_CASE("a field that a type has not is an error") {
    check_faults({
        {"{{.Package.Foo}}", 1},
        {"{{.Package.name}}", 1},
        {"{{.System.IP}}", 1},
        {"{{.Package.Name.Foo}}", 1},
        {"{{.Responses.user.x}}", 1},
        {"{{.Dep.db.Port}}", 1},
        {"{{(1).X}}", 1},
        {R"t({{("a").X}})t", 1},
        {"{{$x := 1}}{{$x.Y}}", 1},
        {R"t({{with "a"}}{{.b}}{{end}})t", 1},
    });
  }

  TEST_CASE("index") {
    check_rows({
        {R"t({{index .Responses "user"}})t", "bob"},
        {R"t([{{index .Responses "nope"}}])t", "[]"},
        {R"t({{index . "Missing"}})t", "<no value>"},
        {R"t({{index .Dep "none"}})t", "{ map[] map[]}"},
        {R"t({{(index .Dep "none").Ports.x}})t", "<no value>"},
        {R"t({{index . "Dep" "db"}})t", "{dbhost map[5432:5432 sql:5432] map[data:/var/lib]}"},
        {R"t({{index "abc" 1}})t", "98"},
        {R"t({{index "é" 0}})t", "195"},
        {R"t({{index "abc" (index "\x01" 0)}})t", "98"},
        {"{{index 1}}", "1"},
        {"{{index .Responses}}",
         R"t(map[_x:u a1:1 empty: größe:g html:<a href='x'>"&</a> n:42 pw:p@ss user:bob])t"},
        {R"t({{(index . "Missing").Foo}})t", "<no value>"},
    });
    check_faults({
        {R"t({{index .Dep.none.Ports "sql"}})t", 1},
        {"{{index nil}}", 1},
        {"{{index nil 1}}", 1},
        {"{{index . nil}}", 1},
        {"{{index .Responses 1}}", 1},
        {"{{index .Responses .Missing}}", 1},
        {R"t({{index "abc" 3}})t", 1},
        {R"t({{index "abc" -1}})t", 1},
        {R"t({{index "abc" "a"}})t", 1},
        {R"t({{index "abc" 1.0}})t", 1},
        {R"t({{index "abc" nil}})t", 1},
        {R"t({{index .Package "Name"}})t", 1},
        {R"t({{index . "Missing" "x"}})t", 1},
        {R"t({{index . "Dep" "db" "Host"}})t", 1},
        {"{{index 1 1}}", 1},
        {"{{index}}", 1},
    });
  }

  TEST_CASE("slice") {
    check_rows({
        {R"t({{slice "abc" 1}} {{slice "abc"}} {{slice "abc" 1 2}} [{{slice "abc" 1 1}}] [{{slice "abc" 3}}])t",
         "bc abc b [] []"},
        {R"t({{slice "héllo" 0 2 | printf "%q"}})t", R"t("h\xc3")t"},
        {R"t({{slice "abc" (index "\x01" 0)}})t", "bc"},
    });
    check_faults({
        {R"t({{slice "abc" 4}})t", 1},
        {R"t({{slice "abc" 0 4}})t", 1},
        {R"t({{slice "abc" 2 1}})t", 1},
        {R"t({{slice "abc" -1}})t", 1},
        {R"t({{slice "abc" 1.0}})t", 1},
        {R"t({{slice "abc" "1"}})t", 1},
        {R"t({{slice "abc" nil}})t", 1},
        {R"t({{slice "abc" 0 1 2}})t", 1},
        {R"t({{slice "abc" 0 1 2 3}})t", 1},
        {"{{slice 1}}", 1},
        {"{{slice nil}}", 1},
        {"{{slice .Responses}}", 1},
        {"{{slice}}", 1},
    });
  }

  TEST_CASE("len and call") {
    check_rows({
        {R"t({{len "abc"}} {{len "héllo"}} {{len ""}} {{len .Responses}} {{len .}})t", "3 6 0 8 4"},
        {R"t({{printf "%T" (len "")}})t", "int"},
    });
    check_faults({
        {"{{len 1}}", 1},
        {"{{len nil}}", 1},
        {"{{len .Package}}", 1},
        {"{{len}}", 1},
        {"{{len 1 2}}", 1},
        {"{{call nil}}", 1},
        {"{{call 1}}", 1},
        {"{{call .Missing}}", 1},
        {"{{call .Responses 1}}", 1},
        {"{{call}}", 1},
    });
  }
}

}  // namespace town::tmpl

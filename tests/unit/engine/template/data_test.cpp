#include <doctest/doctest.h>

#include "state/error.h"
#include "tests/unit/engine/template/support.h"

namespace town::tmpl {
namespace {

std::string render(const std::string& json, const std::string& source) {
  return Template::parse("t", source).render(make_data(data_from_json(json)));
}

std::string fault_of(const std::string& json) {
  try {
    data_from_json(json);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_SUITE("engine/template/data") {
  TEST_CASE("what the data leaves out is empty, and Dep is not there at all") {
    CHECK(render("{}", "{{.}}") == "map[Package:{    } Responses:map[] System:{  }]");
    CHECK(render("{}", "{{.Dep}} {{.Dep.db.Host}} {{len .}}") == "<no value> <no value> 3");
    CHECK(render(R"({"Dep":{}})", "{{.Dep}} {{len .}}") == "map[] 4");
    CHECK(render(R"({"Dep":{"a":{}}})", "{{.Dep}}") == "map[a:{ map[] map[]}]");
    CHECK(render(R"({"Package":null,"Dep":{"a":null}})", "{{.Package}}{{.Dep}}") ==
          "{    }map[a:{ map[] map[]}]");
  }

  TEST_CASE("a map that was never made equals nil, an empty one does not") {
    CHECK(render("{}", "{{eq .Responses nil}} {{printf `%#v` .Responses}}") ==
          "true map[string]string(nil)");
    CHECK(render(R"({"Responses":{}})", "{{eq .Responses nil}} {{printf `%#v` .Responses}}") ==
          "false map[string]string{}");
    CHECK(render("{}", "{{eq .Responses .Responses}}") == "true");
    CHECK(render(R"({"Dep":{"a":{}}})", "{{eq .Dep.a.Ports .Dep.a.Volumes}}") == "true");
  }

  TEST_CASE("names that are not known are not looked at") {
    CHECK(render(R"({"Other":[1,{"a":2}],"Package":{"Name":"n","More":1}})",
                 "{{.Package.Name}}{{.Other}}") == "n<no value>");
  }

  TEST_CASE("texts keep every byte, and the last of two keys counts") {
    CHECK(render(R"({"Responses":{"a":"\u0000\u00e9\n{{.}}"}})", "{{.Responses.a}}") ==
          std::string("\0\xc3\xa9\n{{.}}", 9));
    CHECK(render(R"({"Responses":{"a":"1","a":"2"}})", "{{.Responses.a}}") == "2");
  }

  TEST_CASE("what is no data is refused with a sentence") {
    CHECK(fault_of("").starts_with("the data is no JSON: parse error at line 1"));
    CHECK(fault_of("{\"a\":").starts_with("the data is no JSON"));
    CHECK(fault_of("{} x").starts_with("the data is no JSON"));
    CHECK(fault_of("[]") == "the data is array where an object should be");
    CHECK(fault_of("null") == "the data is null where an object should be");
    CHECK(fault_of(R"({"Responses":[]})") == "Responses is array where an object should be");
    CHECK(fault_of(R"({"Responses":{"a":1}})") == "Responses.a is number where a text should be");
    CHECK(fault_of(R"({"Responses":{"a":{}}})") == "Responses.a is object where a text should be");
    CHECK(fault_of(R"({"Package":"x"})") == "Package is string where an object should be");
    CHECK(fault_of(R"({"Package":{"Name":true}})") ==
          "Package.Name is boolean where a text should be");
    CHECK(fault_of(R"({"System":{"Hostname":1.5}})") ==
          "System.Hostname is number where a text should be");
    CHECK(fault_of(R"({"Dep":{"a":1}})") == "Dep.a is number where an object should be");
    CHECK(fault_of(R"({"Dep":{"a":{"Ports":{"x":1}}}})") ==
          "Dep.a.Ports.x is number where a text should be");
    CHECK(fault_of(std::string(100'000, '[')).starts_with("the data is no JSON"));
  }
}

}  // namespace town::tmpl

#include <doctest/doctest.h>

#include "tests/unit/engine/template/support.h"

namespace town::tmpl {
namespace {

std::string repeat(std::string_view text, std::size_t count) {
  std::string out;
  out.reserve(text.size() * count);
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}

std::string render(const std::string& source) {
  return Template::parse("t", source).render(sample_data());
}

/// What the fault says; "" where there is none.
std::string fault_of(const std::string& source) {
  try {
    return render(source).substr(0, 0);
  } catch (const TemplateError& error) {
    return error.what();
  }
}

/// Definitions that each carry out the next one twice: 2^`levels` of the last.
std::string doubling(int levels, const std::string& last) {
  std::string source;
  for (int i = 0; i < levels; ++i) {
    const auto next = "{{template \"r" + std::to_string(i + 1) + "\"}}";
    source += "{{define \"r" + std::to_string(i) + "\"}}" + next + next + "{{end}}";
  }
  return source + "{{define \"r" + std::to_string(levels) + "\"}}" + last +
         "{{end}}{{template \"r0\"}}";
}

bool says(const std::string& fault, std::string_view words) {
  CAPTURE(fault);
  return fault.find(words) != std::string::npos;
}

}  // namespace

TEST_SUITE("engine/template/limits") {
  TEST_CASE("a hundred thousand parentheses, blocks or branches are read as Go does") {
    constexpr std::size_t kMany = 100'000;
    CHECK(render("{{" + repeat("(", kMany) + "1" + repeat(")", kMany) + "}}") == "1");
    CHECK(render(repeat("{{if 1}}", kMany) + "x" + repeat("{{end}}", kMany)) == "x");
    CHECK(render(repeat("{{with 1}}", kMany) + "{{.}}" + repeat("{{end}}", kMany)) == "1");
    CHECK(render("{{if 0}}" + repeat("{{else if 0}}", kMany) + "{{else}}z{{end}}") == "z");
    CHECK(render("{{" + repeat("not (", kMany) + "1" + repeat(")", kMany) + "}}") == "true");
  }

  TEST_CASE("nesting without end is refused") {
    CHECK(says(fault_of("{{" + repeat("(", 300'000)), "parentheses are nested"));
    CHECK(says(fault_of(repeat("{{if 1}}", 300'000)), "actions are nested"));
    CHECK(says(fault_of("{{(((1"), "not closed"));
  }

  TEST_CASE("templates that carry out themselves are stopped, others go deep") {
    CHECK(says(fault_of("{{template \"t\"}}"), "nested more than 100000 deep"));
    CHECK(says(
        fault_of("{{define \"a\"}}{{with 1}}{{template \"a\"}}{{end}}{{end}}{{template \"a\"}}"),
        "nested more than 100000 deep"));
    CHECK(render("{{define \"r\"}}{{if .}}{{template \"r\" (slice . 1)}}{{else}}end{{end}}{{end}}"
                 "{{template \"r\" \"" +
                 repeat("x", 3'000) + "\"}}") == "end");
  }

  TEST_CASE("work without end is stopped") {
    CHECK(says(fault_of(doubling(60, "")), "too many steps"));
    CHECK(says(fault_of("{{$x := `" + repeat("y", 1'000'000) + "`}}" +
                        repeat("{{if eq $x (print $x)}}{{end}}", 1'000)),
               "too many steps"));
  }

  TEST_CASE("output and texts have an end") {
    CHECK(says(fault_of(doubling(40, repeat("x", 50))), "grows beyond 16777216 bytes"));
    CHECK(says(fault_of("{{$x := `0123456789abcdef`}}" + repeat("{{$x = print $x $x}}", 60)),
               "grows beyond 16777216 bytes"));
    CHECK(says(fault_of("{{printf `" + repeat("%1000000d", 100) + "` " + repeat("1 ", 100) + "}}"),
               "grows beyond 16777216 bytes"));
    CHECK(says(fault_of(std::string((10U << 20U) + 1, 'x')), "larger than"));
  }

  TEST_CASE("widths and precisions beyond a million are mistakes") {
    CHECK(render("{{printf `%1000000d` 1}}").size() == 1'000'000);
    CHECK(render("{{printf `%.1000000f` 1.0}}").size() == 1'000'002);
    CHECK(render("{{printf `%100000001d` 1}}") == "%!(NOVERB)%!(EXTRA int=1)");
    CHECK(render("{{printf `%*d` 1000001 1}}") == "%!(BADWIDTH)1");
    CHECK(render("{{printf `%.*d` 1000001 1}}") == "%!(BADPREC)1");
  }

  TEST_CASE("a fault names the template, the line and the reason") {
    CHECK(fault_of("a\n\n{{foo}}") == "t:3: the function \"foo\" is not defined");
    CHECK(fault_of("a\n{{.Package.Foo}}\n") ==
          "t:2: in template \"t\": there is no field Foo in a value of type main.Package");
    CHECK(fault_of("{{define \"x\"}}\n{{index nil}}{{end}}\n{{template \"x\"}}") ==
          "t:2: in template \"x\": index of nil");
    CHECK(fault_of("{{if 1}}\n{{if 2}}\n{{end}}\n") ==
          "t:1: the template ends before the {{end}} of the action that begins here");
    CHECK(fault_of("\n{{\"abc") == "t:2: a quoted constant is not closed on its line");
  }

  TEST_CASE("a range that assigns does so by name, as documented, where Go 1.19 takes the newest") {
    CHECK(render("{{$x := 1}}{{$y := 2}}{{$z := 3}}{{range $x, $y = .Dep}}{{end}}{{$x}}{{$z}}") ==
          "db3");
  }
}

}  // namespace town::tmpl

#include "engine/package/substitute.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

namespace town::package {
namespace {

using Rows = std::vector<std::pair<std::string, std::string>>;

const Variables kTable{
    {"a", "A"},
    {"b", "B"},
    {"v", "X"},
    {"pw", "p@ss"},
    {"sshport", "2222"},
    {"port", "5432"},
    {"user", "u"},
    {"database", "d"},
    {"domain", "example.org"},
    {"PACKAGE_DNS", "pg.default.home"},
    {"dep_db_host", "H"},
    {"dep_db_port_sql", "5432"},
};

}  // namespace

TEST_SUITE("engine/package/substitute") {
  TEST_CASE("both dialects of a literal @ are read as they were meant (package format 5.3)") {
    const Rows rows{
        {"@@", "@"},
        {"admin@@example.com", "admin@example.com"},
        {"ssh://git@@@PACKAGE_DNS@:@sshport@", "ssh://git@pg.default.home:2222"},
        {"ssh://git@@domain@:@sshport@", "ssh://git@example.org:2222"},
        {"@a@@b@", "AB"},
        {"@@@v@", "@X"},
        {"@@v@@", "@v@"},
        {"@v@@", "X@"},
        {"x@@@@y", "x@@y"},
        {"@unknown@@v@", "@unknown@X"},
        {"@v", "@v"},
        {"bob@example.com and @v@", "bob@example.com and X"},
        {"pg://m:@pw@@@@dep_db_host@:@dep_db_port_sql@/m", "pg://m:p@ss@H:5432/m"},
        {"pg://m:@pw@@@dep_db_host@:@dep_db_port_sql@/m", "pg://m:p@ss@H:5432/m"},
        {"postgresql://@user@:@pw@@@PACKAGE_DNS@:@port@/@database@",
         "postgresql://u:p@ss@pg.default.home:5432/d"},
    };
    for (const auto& [text, expected] : rows) {
      CAPTURE(text);
      CHECK(substitute(text, kTable) == expected);
    }
  }

  TEST_CASE("text without a known marker stays byte for byte") {
    for (const std::string text :
         {"", "@", "plain", "\"@${ADMIN_USER} created\"", "@ a@", "@un known@", "é@ü@", "%n $HOME"})
      CHECK(substitute(text, kTable) == text);
  }

  TEST_CASE("a value is never read again") {
    const Variables table{{"x", "@y@"}, {"y", "no"}, {"z", "@@"}};
    CHECK(substitute("@x@@z@", table) == "@y@@@");
  }

  TEST_CASE("what stands in a template's actions is left alone") {
    CHECK(substitute_template("a: @v@ {{ index .Dep \"@v@\" }} b: @v@", kTable) ==
          "a: X {{ index .Dep \"@v@\" }} b: X");
    CHECK(substitute_template("{{ `}}@v@` }}@v@", kTable) == "{{ `}}@v@` }}X");
    CHECK(substitute_template("{{/* \" @v@ */}}@v@", kTable) == "{{/* \" @v@ */}}X");
    CHECK(substitute_template("@v@ {{ open @v@", kTable) == "X {{ open @v@");
    CHECK(substitute_template("^{\\{0,1\\}@v@", kTable) == "^{\\{0,1\\}X");
  }

  TEST_CASE("a long row of @ costs no more than its length") {
    const std::string text(1'000'000, '@');
    CHECK(substitute(text, kTable) == std::string(500'000, '@'));
    std::string words;
    for (int i = 0; i < 200'000; ++i) words += "@aaaa";
    CHECK(substitute(words, kTable) == words);
  }

  TEST_CASE("names that could be markers are found, overlapping ones too") {
    std::vector<std::string> names;
    for_each_marker("@a@b@ @ c@ @d", [&](std::string_view name) { names.emplace_back(name); });
    CHECK(names == std::vector<std::string>{"a", "b"});
    CHECK(has_marker("x@y@"));
    CHECK_FALSE(has_marker("git@@host"));
  }
}

}  // namespace town::package

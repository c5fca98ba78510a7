// What Go 1.19 prints for the same template and data; see support.h.
#include <doctest/doctest.h>

#include "tests/unit/engine/template/support.h"

namespace town::tmpl {

TEST_SUITE("engine/template/literal") {
  TEST_CASE("integers in all bases") {
    check_rows({
        {"{{0}} {{42}} {{+5}} {{-5}} {{0x1F}} {{0Xff}} {{0o17}} {{0O17}} {{017}} {{0b101}} {{0B1}} "
         "{{1_000}} {{0x_ff}} {{0_17}} {{-0}} {{00}}",
         "0 42 5 -5 31 255 15 15 15 5 1 1000 255 15 0 0"},
        {"{{9223372036854775807}} {{-9223372036854775808}}",
         "9223372036854775807 -9223372036854775808"},
        {R"t({{printf "%T" 1}} {{printf "%T" 0xe}} {{printf "%T" -0xe}} {{printf "%T" +0x1E}})t",
         "int int float64 float64"},
    });
  }

  TEST_CASE("floats and hexadecimal floats") {
    check_rows({
        {"{{1.5}} {{1.}} {{.5}} {{-.5}} {{1e3}} {{1E3}} {{1e+3}} {{1e-3}} {{0x1p4}} {{0x1.8p1}} "
         "{{0X1P-2}} {{0x_1p4}} {{08.5}} {{1_0.5}} {{1.e3}} {{1e-400}} {{-0.0}}",
         "1.5 1 0.5 -0.5 1000 1000 1000 0.001 16 3 0.25 16 8.5 10.5 1000 0 -0"},
        {"{{100000.0}} {{1000000.0}} {{123456.0}} {{1234567.0}} {{0.0001}} {{0.00001}} {{1e20}} "
         "{{1e21}} {{1e100}} {{5e-324}} {{1.7976931348623157e308}} {{0.1}} {{3.14159}}",
         "100000 1e+06 123456 1.234567e+06 0.0001 1e-05 1e+20 1e+21 1e+100 5e-324 "
         "1.7976931348623157e+308 0.1 3.14159"},
        {R"t({{printf "%T" 1.0}} {{printf "%T" 1e3}})t", "float64 float64"},
    });
  }

  TEST_CASE("imaginary and complex constants") {
    check_rows({
        {"{{1i}} {{1.5i}} {{1e3i}} {{010i}} {{08i}} {{0i}} {{1+2i}} {{1-2i}} {{-1.5+.5i}} "
         "{{1e3+2e3i}} {{0x1p4+2i}} {{1+0x1p1i}}",
         "(0+1i) (0+1.5i) (0+1000i) (0+10i) (0+8i) (0+0i) (1+2i) (1-2i) (-1.5+0.5i) (1000+2000i) "
         "(16+2i) (1+2i)"},
        {R"t({{printf "%T" 0i}})t", "complex128"},
    });
  }

  TEST_CASE("characters are their code points") {
    check_rows({
        {R"t({{'a'}} {{'\''}} {{'"'}} {{'\xff'}} {{'\377'}} {{'é'}} {{'\u00e9'}} {{'\U0001F600'}} {{'\n'}} {{'\\'}} {{'\a'}}{{printf "%T" 'a'}})t",
         "97 39 34 255 255 233 233 128512 10 92 7int"},
    });
  }

  TEST_CASE("strings with escapes, and raw ones") {
    check_rows({
        {R"t({{"a\tb\"c\\"}})t", "a\tb\"c\\"},
        {R"t({{"\a\b\f\n\r\t\v"}})t", "\007\010\014\n\r\t\013"},
        {R"t({{"\x41\101\u00e9\U0001F600"}})t", "AAé😀"},
        {R"t({{"\xff\xfe"}})t", "\377\376"},
        {R"t({{`raw \n "q" }}`}})t", R"t(raw \n "q" }})t"},
        {"{{`two\nlines`}}", "two\nlines"},
        {"{{`a\rb`}}", "ab"},
        {R"t({{"}}"}})t", "}}"},
        {R"t({{"{{"}})t", "{{"},
        {R"t({{"'"}})t", "'"},
        {R"t({{""}}x)t", "x"},
    });
  }

  TEST_CASE("true, false and nil") {
    check_rows({
        {"{{true}} {{false}}", "true false"},
        {"{{print nil}}", "<nil>"},
    });
    check_faults({
        {"{{nil}}", 1},
        {"{{(nil)}}", 1},
        {"{{nil | print}}", 1},
    });
  }

  TEST_CASE("a number that is none is an error") {
    check_faults({
        {"{{08}}", 1},
        {"{{1__0}}", 1},
        {"{{1_}}", 1},
        {"{{0x}}", 1},
        {"{{0b2}}", 1},
        {"{{0o8}}", 1},
        {"{{1e}}", 1},
        {"{{1e400}}", 1},
        {"{{0x1.8}}", 1},
        {"{{0x1i}}", 1},
        {"{{0b1i}}", 1},
        {"{{0x10+2i}}", 1},
        {"{{0b1+2i}}", 1},
        {"{{1+2}}", 1},
        {"{{1-2}}", 1},
        {"{{1.foo}}", 1},
        {"{{1abc}}", 1},
        {"{{-}}", 1},
        {"{{+}}", 1},
        {"{{1..2}}", 1},
        {"{{99999999999999999999}}", 1},
        {"{{-9223372036854775809}}", 1},
        {"{{+inf}}", 1},
    });
  }

  TEST_CASE("an integer too large for int is an error where it is used") {
    check_rows({
        {"{{if false}}{{18446744073709551615}}{{end}}ok", "ok"},
    });
    check_faults({
        {"{{18446744073709551615}}", 1},
        {"{{print 9223372036854775808}}", 1},
    });
  }

  TEST_CASE("a constant with a wrong escape is an error") {
    check_faults({
        {R"t({{"\q"}})t", 1},
        {R"t({{"\'"}})t", 1},
        {R"t({{'\"'}})t", 1},
        {R"t({{"\400"}})t", 1},
        {R"t({{"\ud800"}})t", 1},
        {R"t({{"\U00110000"}})t", 1},
        {R"t({{"\x4"}})t", 1},
        {"{{''}}", 1},
        {"{{'ab'}}", 1},
        {R"t({{'\400'}})t", 1},
        {R"t({{'\ud800'}})t", 1},
        {"{{'''}}", 1},
    });
  }
}

}  // namespace town::tmpl

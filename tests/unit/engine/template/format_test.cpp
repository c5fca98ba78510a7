// What Go 1.19 prints for the same template and data; see support.h.
#include <doctest/doctest.h>

#include "tests/unit/engine/template/support.h"

namespace town::tmpl {

TEST_SUITE("engine/template/format") {
  TEST_CASE("integers") {
    check_rows({
        {"{{printf `%v` 65}}", "65"},
        {"{{printf `%d` 65}}", "65"},
        {"{{printf `%5d` 65}}", "   65"},
        {"{{printf `%-5d` 65}}", "65   "},
        {"{{printf `%05d` 65}}", "00065"},
        {"{{printf `%+d` 65}}", "+65"},
        {"{{printf `% d` 65}}", " 65"},
        {"{{printf `%x` 65}}", "41"},
        {"{{printf `%X` 65}}", "41"},
        {"{{printf `%#x` 65}}", "0x41"},
        {"{{printf `%#X` 65}}", "0X41"},
        {"{{printf `%o` 65}}", "101"},
        {"{{printf `%#o` 65}}", "0101"},
        {"{{printf `%O` 65}}", "0o101"},
        {"{{printf `%b` 65}}", "1000001"},
        {"{{printf `%#b` 65}}", "0b1000001"},
        {"{{printf `%c` 65}}", "A"},
        {"{{printf `%q` 65}}", "'A'"},
        {"{{printf `%U` 65}}", "U+0041"},
        {"{{printf `%#U` 65}}", "U+0041 'A'"},
        {"{{printf `%#U` -42}}", "U+FFFFFFFFFFFFFFD6"},
        {"{{printf `%#U` 0}}", "U+0000"},
        {"{{printf `%#U` 233}}", "U+00E9 'é'"},
        {"{{printf `%#U` 128512}}", "U+1F600 '😀'"},
        {"{{printf `%.3d|%8.3d|%-8.3d|%08.3d|%+.3d` 7 7 7 7 7}}",
         "007|     007|007     |     007|+007"},
        {"{{printf `[%.0d] [%.0d] [%5.0d]` 0 1 0}}", "[] [1] [     ]"},
        {"{{printf `%d` -9223372036854775808}}", "-9223372036854775808"},
        {"{{printf `%x` -255}}", "-ff"},
        {"{{printf `%c|%c|%q` 1114112 55296 -1}}", "�|�|'�'"},
        {"{{printf `%+q|%#q|%+q` 233 65 128512}}", R"t('\u00e9'|'A'|'\U0001f600')t"},
        {"{{printf `%v %d %x %#v %T` (index `a` 0) (index `a` 0) (index `a` 0) (index `a` 0) "
         "(index `a` 0)}}",
         "97 97 61 0x61 uint8"},
        {"{{printf `%#v` 42}}", "42"},
        {"{{printf `%U %.6U %10U|%-10U|%#.6U` 233 233 233 233 233}}",
         "U+00E9 U+0000E9     U+00E9|U+00E9    |U+0000E9 'é'"},
        {"{{printf `%020d|%+020d|% 020d` -5 5 5}}",
         "-0000000000000000005|+0000000000000000005| 0000000000000000005"},
        {"{{printf `%-05d|%0-5d` 7 7}}", "7    |7    "},
    });
  }

  TEST_CASE("floats") {
    check_rows({
        {"{{printf `%v` 1.0}}", "1"},
        {"{{printf `%g` 1.0}}", "1"},
        {"{{printf `%e` 1.0}}", "1.000000e+00"},
        {"{{printf `%f` 1.0}}", "1.000000"},
        {"{{printf `%.2f` 1.0}}", "1.00"},
        {"{{printf `%8.3f` 1.0}}", "   1.000"},
        {"{{printf `%-8.2f.` 1.0}}", "1.00    ."},
        {"{{printf `%08.2f` 1.0}}", "00001.00"},
        {"{{printf `%+.1e` 1.0}}", "+1.0e+00"},
        {"{{printf `%G` 1.0}}", "1"},
        {"{{printf `%E` 1.0}}", "1.000000E+00"},
        {"{{printf `%x` 1.0}}", "0x1p+00"},
        {"{{printf `%.3x` 1.0}}", "0x1.000p+00"},
        {"{{printf `%b` 1.0}}", "4503599627370496p-52"},
        {"{{printf `%#g` 1.0}}", "1.00000"},
        {"{{printf `%#v` 1.0}}", "1"},
        {"{{printf `%.3g` 1.0}}", "1"},
        {"{{printf `%v` 3.14159}}", "3.14159"},
        {"{{printf `%g` 3.14159}}", "3.14159"},
        {"{{printf `%e` 3.14159}}", "3.141590e+00"},
        {"{{printf `%f` 3.14159}}", "3.141590"},
        {"{{printf `%.2f` 3.14159}}", "3.14"},
        {"{{printf `%8.3f` 3.14159}}", "   3.142"},
        {"{{printf `%-8.2f.` 3.14159}}", "3.14    ."},
        {"{{printf `%08.2f` 3.14159}}", "00003.14"},
        {"{{printf `%+.1e` 3.14159}}", "+3.1e+00"},
        {"{{printf `%G` 3.14159}}", "3.14159"},
        {"{{printf `%E` 3.14159}}", "3.141590E+00"},
        {"{{printf `%x` 3.14159}}", "0x1.921f9f01b866ep+01"},
        {"{{printf `%.3x` 3.14159}}", "0x1.922p+01"},
        {"{{printf `%b` 3.14159}}", "7074231776675438p-51"},
        {"{{printf `%#g` 3.14159}}", "3.14159"},
        {"{{printf `%#v` 3.14159}}", "3.14159"},
        {"{{printf `%.3g` 3.14159}}", "3.14"},
        {"{{printf `%v` -0.5}}", "-0.5"},
        {"{{printf `%g` -0.5}}", "-0.5"},
        {"{{printf `%e` -0.5}}", "-5.000000e-01"},
        {"{{printf `%f` -0.5}}", "-0.500000"},
        {"{{printf `%.2f` -0.5}}", "-0.50"},
        {"{{printf `%8.3f` -0.5}}", "  -0.500"},
        {"{{printf `%-8.2f.` -0.5}}", "-0.50   ."},
        {"{{printf `%08.2f` -0.5}}", "-0000.50"},
        {"{{printf `%+.1e` -0.5}}", "-5.0e-01"},
        {"{{printf `%G` -0.5}}", "-0.5"},
        {"{{printf `%E` -0.5}}", "-5.000000E-01"},
        {"{{printf `%x` -0.5}}", "-0x1p-01"},
        {"{{printf `%.3x` -0.5}}", "-0x1.000p-01"},
        {"{{printf `%b` -0.5}}", "-4503599627370496p-53"},
        {"{{printf `%#g` -0.5}}", "-0.500000"},
        {"{{printf `%#v` -0.5}}", "-0.5"},
        {"{{printf `%.3g` -0.5}}", "-0.5"},
        {"{{printf `%v` 1e6}}", "1e+06"},
        {"{{printf `%g` 1e6}}", "1e+06"},
        {"{{printf `%e` 1e6}}", "1.000000e+06"},
        {"{{printf `%f` 1e6}}", "1000000.000000"},
        {"{{printf `%.2f` 1e6}}", "1000000.00"},
        {"{{printf `%8.3f` 1e6}}", "1000000.000"},
        {"{{printf `%-8.2f.` 1e6}}", "1000000.00."},
        {"{{printf `%08.2f` 1e6}}", "1000000.00"},
        {"{{printf `%+.1e` 1e6}}", "+1.0e+06"},
        {"{{printf `%X|%#.3x|%#x` 0.1 1.5 1.0}}", "0X1.999999999999AP-04|0x1.800p+00|0x1.0000p+00"},
        {"{{printf `%6.0f|%#.0f|%.0e|%#.0e` 2.5 2.5 2.5 2.5}}", "     2|2.|2e+00|2.e+00"},
        {"{{printf `% f|% .2f|%+f` 1.5 -1.5 0.0}}", " 1.500000|-1.50|+0.000000"},
        {"{{printf `%v|%f|%g` -0.0 -0.0 -0.0}}", "-0|-0.000000|-0"},
        {"{{printf `%.30f` 0.1}}", "0.100000000000000005551115123126"},
        {"{{printf `%g|%g` 5e-324 1.7976931348623157e308}}", "5e-324|1.7976931348623157e+308"},
        {"{{printf `%d|%s|%t|%c` 1.5 1.5 1.5 1.5}}",
         "%!d(float64=1.5)|%!s(float64=1.5)|%!t(float64=1.5)|%!c(float64=1.5)"},
        {"{{printf `%x|%x` 5e-324 0.0}}", "0x1p-1074|0x0p+00"},
        {"{{printf `%F|%10.2F` 1.5 1.5}}", "1.500000|      1.50"},
    });
  }

  TEST_CASE("complex numbers") {
    check_rows({
        {"{{printf `%v|%g|%.2f|%8.1f|%+v|%e` 1+2i 1+2i 1-2i 1+2i 1+2i 1i}}",
         "(1+2i)|(1+2i)|(1.00-2.00i)|(     1.0    +2.0i)|(1+2i)|(0.000000e+00+1.000000e+00i)"},
        {"{{printf `%x|%b` 1+2i 1+2i}}",
         "(0x1p+00+0x1p+01i)|(4503599627370496p-52+4503599627370496p-51i)"},
        {"{{printf `%d|%s` 1i 1i}}", "%!d(complex128=(0+1i))|%!s(complex128=(0+1i))"},
        {"{{printf `%08.2f` 1+2i}}", "(00001.00+0002.00i)"},
        {"{{printf `%#g` 1+2i}}", "(1.00000+2.00000i)"},
    });
  }

  TEST_CASE("texts") {
    check_rows({
        {R"t({{printf `%v|%s|%q|%x|%X|%10s|%-10s|%.2s|%5.1s` "hi" "hi" "hi" "hi" "hi" "hi" "hi" "hi" "hi"}})t",
         R"t(hi|hi|"hi"|6869|6869|        hi|hi        |hi|    h)t"},
        {R"t({{printf `%q|%+q|%#q|%#q` "a\tb\"é😀" "a\tb\"é😀" "a\tb\"é😀" "a`b"}})t",
         "\"a\\tb\\\"\303\251\360\237\230\200\"|\"a\\tb\\\"\\u00e9\\U0001f600\"|`"
         "a\tb\"\303\251\360\237\230\200`|\"a`b\""},
        {R"t({{printf `%x|% x|%#x|% #x|% X|%#X|%.1x|%8x|%-8x|%08x` "hi" "hi" "hi" "hi" "hi" "hi" "hi" "hi" "hi" "hi"}})t",
         "6869|68 69|0x6869|0x68 0x69|68 69|0X6869|68|    6869|6869    |00006869"},
        {R"t({{printf `[%x] [%5x]` "" ""}})t", "[] [     ]"},
        {R"t({{printf `%5s|%-5s|%05s|%.1s` "é" "é" "é" "éa"}})t", "    é|é    |0000é|é"},
        {R"t({{printf `%q` "\x00\x7f\xff\u00ad\u2028\ufeff\U0001F600"}})t",
         R"t("\x00\x7f\xff\u00ad\u2028\ufeff😀")t"},
        {R"t({{printf `%+q` "\x00\x7f\xff\u00ad\u2028\ufeff\U0001F600"}})t",
         R"t("\x00\x7f\xff\u00ad\u2028\ufeff\U0001f600")t"},
        {R"t({{printf `%#v|%#s|%+s` "a" "a" "a"}})t", R"t("a"|a|a)t"},
        {R"t({{printf `%.q|%.10q|%8.2q` "abc" "abc" "abc"}})t", R"t(""|"abc"|    "ab")t"},
        {R"t({{printf `%s` "\xff"}})t", "\377"},
    });
  }

  TEST_CASE("booleans, nil and types") {
    check_rows({
        {"{{printf `%v|%t|%5t|%-7t|%07t` true false true true true}}",
         "true|false| true|true   |000true"},
        {"{{printf `%v|%5v|%s|%d|%t` nil nil nil nil nil}}",
         "<nil>|<nil>|%!s(<nil>)|%!d(<nil>)|%!t(<nil>)"},
        {R"t({{printf `%T|%T|%T|%T|%T|%T|%T` 1 1.5 "a" true nil 1i 'a'}})t",
         "int|float64|string|bool|<nil>|complex128|int"},
        {"{{printf `%T|%T|%T|%T|%T` . .Responses .Package .Dep .Dep.db}}",
         "map[string]interface {}|map[string]string|main.Package|map[string]main.Dep|main.Dep"},
        {"{{printf `%10T|%-8T|%.2T|%#T` 1 1 1.5 1}}", "       int|int     |fl|int"},
        {"{{printf `%d|%s|%x` true true true}}", "%!d(bool=true)|%!s(bool=true)|%!x(bool=true)"},
        {"{{printf `%#v|%+v` nil nil}}", "<nil>|<nil>"},
    });
  }

  TEST_CASE("maps and structs") {
    check_rows({
        {"{{printf `%v|%+v|%#v` .Package .Package .Package}}",
         R"t({pkg 1.0 default img:1 A pkg}|{Name:pkg Version:1.0 Repo:default Image:img:1 Description:A pkg}|main.Package{Name:"pkg", Version:"1.0", Repo:"default", Image:"img:1", Description:"A pkg"})t"},
        {"{{printf `%v|%+v|%#v` .Responses .Responses .Dep.db}}",
         R"t(map[_x:u a1:1 empty: größe:g html:<a href='x'>"&</a> n:42 pw:p@ss user:bob]|map[_x:u a1:1 empty: größe:g html:<a href='x'>"&</a> n:42 pw:p@ss user:bob]|main.Dep{Host:"dbhost", Ports:map[string]string{"5432":"5432", "sql":"5432"}, Volumes:map[string]string{"data":"/var/lib"}})t"},
        {"{{printf `%s|%q|%x|%5s` .System .System .System .System}}",
         R"t({box 1.2.3.4 }|{"box" "1.2.3.4" ""}|{626f78 312e322e332e34 }|{  box 1.2.3.4      })t"},
        {"{{printf `%d` .System}}", "{%!d(string=box) %!d(string=1.2.3.4) %!d(string=)}"},
        {"{{printf `%d` .Dep.db.Ports}}",
         "map[%!d(string=5432):%!d(string=5432) %!d(string=sql):%!d(string=5432)]"},
        {"{{printf `%T %v` .Dep.db .Dep.db}}",
         "main.Dep {dbhost map[5432:5432 sql:5432] map[data:/var/lib]}"},
        {"{{printf `%w` .System}}", "%!w(main.System={box 1.2.3.4 })"},
        {"{{printf `%t` .Responses}}",
         R"t(map[%!t(string=_x):%!t(string=u) %!t(string=a1):%!t(string=1) %!t(string=empty):%!t(string=) %!t(string=größe):%!t(string=g) %!t(string=html):%!t(string=<a href='x'>"&</a>) %!t(string=n):%!t(string=42) %!t(string=pw):%!t(string=p@ss) %!t(string=user):%!t(string=bob)])t"},
        {"{{printf `%.1s` .Package}}", "{p 1 d i A}"},
        {"{{printf `%p` .Package}}", "%!p(main.Package={pkg 1.0 default img:1 A pkg})"},
    });
  }

  TEST_CASE("faults of a format are printed, not raised") {
    check_rows({
        {R"t({{printf `%d` "hi"}})t", "%!d(string=hi)"},
        {"{{printf `%s` 1}}", "%!s(int=1)"},
        {"{{printf `%z` 1}}", "%!z(int=1)"},
        {"{{printf `%!` 1}}", "%!!(int=1)"},
        {"{{printf `%!`}}", "%!!(MISSING)"},
        {"{{printf `%`}}", "%!(NOVERB)"},
        {"{{printf `a%`}}", "a%!(NOVERB)"},
        {"{{printf `%d`}}", "%!d(MISSING)"},
        {"{{printf `%d %d` 1}}", "1 %!d(MISSING)"},
        {"{{printf `%d` 1 2}}", "1%!(EXTRA int=2)"},
        {R"t({{printf `%d` 1 "a" nil .System}})t",
         "1%!(EXTRA string=a, <nil>, main.System={box 1.2.3.4 })"},
        {"{{printf `` 1}}", "%!(EXTRA int=1)"},
        {"{{printf `x` nil}}", "x%!(EXTRA <nil>)"},
        {"{{printf `%%`}}", "%"},
        {"{{printf `%5%|%-5%`}}", "%|%"},
        {"{{printf `100%`}}", "100%!(NOVERB)"},
        {"{{printf `%.%` 1}}", "%%!(EXTRA int=1)"},
        {"{{printf `%é` 1}}", "%!é(int=1)"},
        {"{{printf `%w` 1}}", "%!w(int=1)"},
        {"{{printf `%s|%s` .Missing nil}}", "%!s(<nil>)|%!s(<nil>)"},
        {R"t({{printf `%10d|%+d|%05d` "hi" "hi" "hi"}})t",
         "%!d(string=        hi)|%!d(string=hi)|%!d(string=000hi)"},
        {"{{printf `%-`}}", "%!(NOVERB)"},
        {"{{printf `%5`}}", "%!(NOVERB)"},
        {"{{printf `%5.`}}", "%!.(MISSING)"},
        {"{{printf `%.` 1}}", "%!.(int=1)"},
        {R"t({{printf "%d\xff" 1}})t", "1\377"},
        {R"t({{printf "%\xff" 1}})t", "%!�(int=1)"},
        {"{{printf `%99999999999999999999d` 1}}", "%!(NOVERB)%!(EXTRA int=1)"},
    });
  }

  TEST_CASE("widths and precisions as operands") {
    check_rows({
        {"{{printf `%*d|%-*d|%0*d` 5 1 5 1 5 1}}", "    1|1    |00001"},
        {"{{printf `%*d` -5 1}}", "1    "},
        {"{{printf `%.*f` 2 3.14159}}", "3.14"},
        {"{{printf `%*.*f` 8 2 3.14159}}", "    3.14"},
        {"{{printf `%.*d` -1 5}}", "%!(BADPREC)5"},
        {R"t({{printf `%*d` "a" 1}})t", "%!(BADWIDTH)1"},
        {"{{printf `%*d` 1000001 1}}", "%!(BADWIDTH)1"},
        {"{{printf `%*d`}}", "%!(BADWIDTH)%!d(MISSING)"},
        {"{{printf `%*d` 5}}", "%!d(MISSING)"},
        {R"t({{printf `%.*d` "a" 1}})t", "%!(BADPREC)1"},
        {R"t({{printf `%*s` (index `\x05` 0) "a"}})t",
         "                                                                                         "
         "  a"},
        {"{{printf `%*d` 1.5 1}}", "%!(BADWIDTH)1"},
        {"{{printf `%*d` nil 1}}", "%!(BADWIDTH)1"},
        {"{{printf `%0*d` -5 1}}", "1    "},
    });
  }

  TEST_CASE("indexes of operands") {
    check_rows({
        {"{{printf `%[2]d %[1]d` 1 2}}", "2 1"},
        {"{{printf `%[2]d` 1 2}}", "2"},
        {"{{printf `%[1]d %d` 1 2}}", "1 2"},
        {"{{printf `%[3]d` 1 2}}", "%!d(BADINDEX)"},
        {"{{printf `%[0]d` 1}}", "%!d(BADINDEX)"},
        {"{{printf `%[x]d` 1}}", "%!d(BADINDEX)"},
        {"{{printf `%[]d` 1}}", "%!d(BADINDEX)"},
        {"{{printf `%[1d` 1}}", "%!d(BADINDEX)"},
        {"{{printf `%[1]` 1}}", "%!(NOVERB)"},
        {"{{printf `%[`}}", "%!(NOVERB)"},
        {"{{printf `%[-1]d` 1}}", "%!d(BADINDEX)"},
        {"{{printf `%[2]*[1]d` 1 5}}", "    1"},
        {"{{printf `%[2]*.[1]*f` 2 8 3.14}}", "%!f(int=      08)"},
        {"{{printf `%[3]*.[2]*[1]f` 12.0 2 6}}", " 12.00"},
        {"{{printf `%6.[2]f` 1.5 2.5}}", "     2"},
        {"{{printf `%[1]6d` 1}}", "%!d(BADINDEX)"},
        {"{{printf `%[1].2d` 1}}", "%!d(BADINDEX)"},
        {"{{printf `%.[2]*f` 1.5 2}}", "%!f(MISSING)"},
        {"{{printf `%[5]d %d` 1 2}}", "%!d(BADINDEX) 1"},
        {"{{printf `%d %[1]d %d` 1 2}}", "1 1 2"},
        {R"t({{printf `%[1]v %[1]T %[1]q` "a"}})t", R"t(a string "a")t"},
        {"{{printf `%[99999999]d` 1}}", "%!d(BADINDEX)"},
        {"{{printf `%-[1]5d|` 1}}", "%!d(BADINDEX)|"},
        {"{{printf `%+[1]d` 1}}", "+1"},
    });
  }
}

}  // namespace town::tmpl

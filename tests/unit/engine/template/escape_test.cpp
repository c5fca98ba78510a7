// What Go 1.19 prints for the same template and data; see support.h.
#include <doctest/doctest.h>

#include "tests/unit/engine/template/support.h"

namespace town::tmpl {

TEST_SUITE("engine/template/escape") {
  TEST_CASE("print and println") {
    check_rows({
        {R"t({{print}}|{{print 1}} {{print "a" "b"}} {{print 1 2}} {{print "a" 1}} {{print 1 "a" 2 3}})t",
         "|1 ab 1 2 a1 1a2 3"},
        {R"t({{println}}|{{println 1 2}}|{{println "a" "b"}})t", "\n|1 2\n|a b\n"},
        {"{{print 1 nil true 1.5 .Package}}", "1 <nil> true 1.5 {pkg 1.0 default img:1 A pkg}"},
        {"{{print .Responses .System}}",
         R"t(map[_x:u a1:1 empty: größe:g html:<a href='x'>"&</a> n:42 pw:p@ss user:bob] {box 1.2.3.4 })t"},
        {R"t({{print "a" nil nil}})t", "a<nil> <nil>"},
    });
  }

  TEST_CASE("html") {
    check_rows({
        {R"t({{html "<a href='x'>\"&</a>"}})t", "&lt;a href=&#39;x&#39;&gt;&#34;&amp;&lt;/a&gt;"},
        {"{{.Responses.html | html}}", "&lt;a href=&#39;x&#39;&gt;&#34;&amp;&lt;/a&gt;"},
        {R"t({{html "\x00"}})t", "�"},
        {R"t({{html 1}} {{html 1 2}} {{html 1 "a" 2}} {{html true}})t", "1 1 2 1a2 true"},
        {"{{html .Responses}}",
         "map[_x:u a1:1 empty: größe:g html:&lt;a href=&#39;x&#39;&gt;&#34;&amp;&lt;/a&gt; n:42 "
         "pw:p@ss user:bob]"},
        {"{{html}}|", "|"},
        {R"t({{html "é\u2028"}})t", "\303\251\342\200\250"},
        {"{{html nil}}", "&lt;no value&gt;"},
    });
  }

  TEST_CASE("js") {
    check_rows({
        {R"t({{js "'\"<>&=\\"}})t", R"t(\'\"\u003C\u003E\u0026\u003D\\)t"},
        {R"t({{js "\n\r\t\x00\x7f"}})t", "\\u000A\\u000D\\u0009\\u0000\177"},
        {R"t({{js "é\U0001F600\u2028\u00a0\ufeff\U000e0001"}})t",
         R"t(é😀\u2028\u00A0\uFEFF\uE0001)t"},
        {R"t({{js "\xff"}})t", "\377"},
        {R"t({{js 1 "'" nil}})t", R"t(1\'\u003Cno value\u003E)t"},
        {"{{js .Package}}", "{pkg 1.0 default img:1 A pkg}"},
        {"{{js}}|", "|"},
    });
  }

  TEST_CASE("urlquery") {
    check_rows({
        {R"t({{urlquery "a b/c?d=e&f+g"}})t", "a+b%2Fc%3Fd%3De%26f%2Bg"},
        {R"t({{urlquery "-_.~!*'()"}})t", "-_.~%21%2A%27%28%29"},
        {R"t({{urlquery "é\xff"}})t", "%C3%A9%FF"},
        {"{{urlquery 1 2}} {{urlquery 1.5}}", "1+2 1.5"},
        {"{{urlquery .Package}}", "%7Bpkg+1.0+default+img%3A1+A+pkg%7D"},
        {"{{urlquery}}|", "|"},
    });
  }
}

}  // namespace town::tmpl

#include "engine/yaml.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <chrono>
#include <string>

#include "state/error.h"

namespace town::yaml {
namespace {

/// The line at fault, or -1 for a text that is fine.
int fault_line(std::string_view text, const Limits& limits = {}) {
  try {
    parse(text, limits);
    return -1;
  } catch (const InvalidInput& error) {
    REQUIRE(error.faults().size() == 1);
    CHECK_FALSE(error.faults()[0].message.empty());
    return error.faults()[0].line;
  }
}

std::string repeat(std::string_view unit, std::size_t bytes) {
  std::string text;
  text.reserve(bytes + unit.size());
  while (text.size() < bytes) text += unit;
  return text;
}

constexpr std::size_t kMegabyte = 1U << 20U;

}  // namespace

TEST_SUITE("engine/yaml") {
  TEST_CASE("a scalar is the text as it was written") {
    const Node root = parse("a: 2222\nb: 1.10\nc: 0x10\nd: no\ne: 'x'\nf: 1e3\ng: 2026-01-01\n");
    for (const auto& [key, text] : {std::pair{"a", "2222"},
                                    {"b", "1.10"},
                                    {"c", "0x10"},
                                    {"d", "no"},
                                    {"e", "x"},
                                    {"f", "1e3"},
                                    {"g", "2026-01-01"}}) {
      REQUIRE(root.find(key) != nullptr);
      CHECK(root.find(key)->scalar == text);
    }
    CHECK(root.find("e")->quoted);
    CHECK_FALSE(root.find("d")->quoted);
  }

  TEST_CASE("nothing, null and ~ are null, but not in quotes") {
    const Node root = parse("a:\nb: null\nc: ~\nd: \"\"\ne: 'null'\n");
    for (const char* key : {"a", "b", "c"}) CHECK(root.find(key)->type == Node::Type::null);
    for (const char* key : {"d", "e"}) CHECK(root.find(key)->type == Node::Type::scalar);
    CHECK(parse("").type == Node::Type::null);
    CHECK(parse("# only words\n").type == Node::Type::null);
  }

  TEST_CASE("a key called null is a name like any other") {
    const Node root = parse("é: 1\n  # x\nNULL: 2\n~: 3\nüü: {null: 4}\n");
    CHECK(root.find("NULL")->scalar == "2");
    CHECK(root.find("~")->scalar == "3");
    CHECK(root.find("üü")->find("null")->scalar == "4");
    CHECK(fault_line("null: 1\nnull: 2\n") == 2);
  }

  TEST_CASE("lines and columns count from 1 and are those of the file") {
    const Node root = parse("# words\n\na:\n  - x\n  - {k: v}\n");
    CHECK(root.find("a")->items[0].line == 4);
    CHECK(root.find("a")->items[0].column == 5);
    CHECK(root.find("a")->items[1].find("k")->line == 5);
    CHECK(root.entries[0].key.line == 3);
  }

  TEST_CASE("entries keep the order of the file") {
    const Node root = parse("{z: 1, a: 2, m: 3}");
    REQUIRE(root.entries.size() == 3);
    CHECK(root.entries[0].key.scalar == "z");
    CHECK(root.entries[2].key.scalar == "m");
  }

  TEST_CASE("block scalars fold and keep lines") {
    const Node root = parse("f: >-\n  a &&\n  b\nl: |\n  x\n  y\n");
    CHECK(root.find("f")->scalar == "a && b");
    CHECK(root.find("l")->scalar == "x\ny\n");
  }

  TEST_CASE("an alias is a copy of what it names") {
    const Node root = parse("a: &x {k: [1, 2]}\nb: *x\n");
    CHECK(root.find("b")->find("k")->items[1].scalar == "2");
  }

  TEST_CASE("a merge key brings in what is not said here") {
    const Node root = parse(
        "a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nm:\n  y: 5\n  <<: [*a, *b]\nn: {<<: *a}\n"
        "q: {'<<': *a}\nr: {<<: {<<: *a, x: 6}}\n");
    const auto value = [&](const char* key, const char* inner) -> std::string {
      const Node* found = root.find(key)->find(inner);
      return found == nullptr ? "" : found->scalar;
    };
    CHECK(value("m", "x") == "1");
    CHECK(value("m", "y") == "5");
    CHECK(value("m", "z") == "4");
    CHECK(value("n", "y") == "2");
    CHECK(value("q", "x").empty());
    CHECK(root.find("q")->find("<<") != nullptr);
    CHECK(value("r", "x") == "6");
    CHECK(value("r", "y") == "2");
    for (const char* bad : {"a: {<<: x}", "a: {<<: }", "a: {<<: [x]}", "a: &a {<<: *a}",
                            "a: {<<: {b: c}, <<: {d: e}}"})
      CHECK(fault_line(bad) == 1);
  }

  TEST_CASE("broken YAML is refused with its line") {
    CHECK(fault_line("a: 1\nb: [1, 2\n") >= 2);
    CHECK(fault_line("a: 1\n\tb: 2\n") >= 1);
    CHECK(fault_line("a: *nowhere\n") == 1);
    CHECK(fault_line("a: 1\na: 2\n") == 2);
    CHECK(fault_line("a:\n  b: 1\n  \"b\": 2\n") == 3);
    CHECK(fault_line("[a]: 1\n") == 1);
    CHECK(fault_line("? {a: 1}\n: 2\n") == 1);
    CHECK(fault_line("a: 1\n---\nb: 2\n") == 2);
    CHECK(fault_line("a: &x [*x]\n") == 1);
    CHECK(fault_line("a: b: c\n") == 1);
  }

  TEST_CASE("a quote that is never closed is refused") {
    for (const char* open : {"a: \"x\n", "a: 'x\n", "a: '''\n", "a: \"\\\"\n", "a: &b \"x",
                             "a: !!str 'x", "\"a: b\n"}) {
      CAPTURE(open);
      CHECK(fault_line(open) == 1);
    }
    for (const char* closed :
         {"a: ''\n", "a: ''''\n", "a: \"\\\\\"\n", "a: &b 'x'", "a: !c &b\n  'x'",
          "a: '\n'\nb: it's\n", "a: |\n  'x\n", "a: \"\\x27\""}) {
      CAPTURE(closed);
      CHECK(fault_line(closed) == -1);
    }
  }

  TEST_CASE("a quote behind a tag may not swallow the rest of the file") {
    CHECK(fault_line("a: !x \"b\nc: {d: e}\nf: [g]\n") == 1);
    CHECK(fault_line("a: !x \"b\nc: {d: e}\nf: [g]") == 1);
    CHECK(fault_line("- a\n- !x 'b\n") == 2);
    CHECK(fault_line("- !x \"b\"\n") == -1);
  }

  TEST_CASE("nothing between two commas is refused, one comma at the end is not") {
    for (const char* bad : {"a: [b,,c]", "[,a]", "[a, , ]", "a: [,]", "{,}", "{a: 1,,b: 2}"}) {
      CAPTURE(bad);
      CHECK(fault_line(bad) == 1);
    }
    CHECK(fault_line("[a\n,\n# c\n,b]") == 4);
    for (const char* good :
         {"[a,]", "{a: 1,}", "{a: ,b: ,}", "[a: , b]", "['', \"\"]", "[]", "{}"}) {
      CAPTURE(good);
      CHECK(fault_line(good) == -1);
    }
  }

  TEST_CASE("a directive stands before the document and its ---, or nowhere") {
    for (const char* bad :
         {"a: b\n%TAG ! x", "a: \"b\"\n%TAG ! x\n", "a: [b]\n%TAG ! x", "a: |\n%TAG ! x\n"}) {
      CAPTURE(bad);
      CHECK(fault_line(bad) == 2);
    }
    CHECK(fault_line("# c\n%YAML 1.2\na: b\n") == 2);
    for (const char* good : {"%YAML 1.2\n# c\n---\na: b\n", "a: \"x\n%y\"\n", "a: [b\n%c]\n",
                             "a: b %\nc: |\n  %d\n", "a: b\n# %\n"}) {
      CAPTURE(good);
      CHECK(fault_line(good) == -1);
    }
  }

  TEST_CASE("each escape is the character that it stands for") {
    const Node root = parse(R"(a: "\_\Né\_\L\P\e\a\b\v\f\r\t\/\x1a\xffZ☺\U0001f600")"
                            "\nb: \"\\0\"\nc: \"\\\\_\"\nd: '\\_'\n");
    CHECK(root.find("a")->scalar ==
          "\xC2\xA0\xC2\x85é\xC2\xA0\xE2\x80\xA8\xE2\x80\xA9\x1B\a\b\v\f\r\t/\x1A\xC3\xBFZ☺😀");
    CHECK(root.find("b")->scalar == std::string(1, '\0'));
    CHECK(root.find("c")->scalar == "\\_");
    CHECK(root.find("d")->scalar == "\\_");
    CHECK(parse(R"({"\_": 1})").entries[0].key.scalar == "\xC2\xA0");
  }

  TEST_CASE("a question mark is text wherever it does not begin a key") {
    const Node list = parse("[a?b, ?x, a ? b, http://x/?a=b, '?', \"a?\", x?, é?\n,]");
    REQUIRE(list.items.size() == 8);
    std::string all;
    for (const Node& item : list.items) all += item.scalar + "|";
    CHECK(all == "a?b|?x|a ? b|http://x/?a=b|?|a?|x?|é?|");
    CHECK(list.items[1].column == 7);
    CHECK(list.items[7].column == 48);
    const Node map = parse("q: {query: Name?, k?: v}\na: |\n  ? x?\nb?: c?\nd: &e?f g\nh: *e?f\n");
    CHECK(map.find("q")->find("query")->scalar == "Name?");
    CHECK(map.find("q")->find("k?")->scalar == "v");
    CHECK(map.find("a")->scalar == "? x?\n");
    CHECK(map.find("b?")->scalar == "c?");
    CHECK(map.find("h")->scalar == "g");
  }

  TEST_CASE("a question mark that begins a key still does") {
    for (const char* text : {"? a\n: b\n", "{? a : b}", "{\n? a\n: b}", "{c: d, ? a : b}"}) {
      CAPTURE(text);
      const Node root = parse(text);
      REQUIRE(root.find("a") != nullptr);
      CHECK(root.find("a")->scalar == "b");
    }
    CHECK(parse("[? a : b, c]").items[0].find("a")->scalar == "b");
    CHECK(parse("- ? a\n  : b\n").items[0].find("a")->scalar == "b");
    CHECK(fault_line(repeat("[?x,", kMegabyte)) == 1);
  }

  TEST_CASE("what has no value stands where it was left out") {
    const Node root = parse("d: x\na:\n\n# c\n\nb:\n-\n\n- # c\n-\n\n\ne: {f: , g}\nh:\n\n");
    CHECK(root.find("a")->line == 2);
    CHECK(root.find("b")->items[0].line == 7);
    CHECK(root.find("b")->items[1].line == 9);
    CHECK(root.find("b")->items[2].line == 10);
    CHECK(root.find("e")->find("f")->line == 13);
    CHECK(root.find("h")->line == 14);
    CHECK(parse("a:").find("a")->line == 1);
    CHECK(parse("a:\n").find("a")->line == 1);
  }

  TEST_CASE("what is never closed is named where it begins") {
    CHECK(fault_line("x: 1\na: [b,\n\n\n") == 2);
    CHECK(fault_line("x: 1\na: {b: 1,\n\n\n") == 2);
    CHECK(fault_line("x: 1\na: \"b\n\nc: d\n") == 2);
    CHECK(fault_line("x: it's # 'c\na: 'b\nc: d") == 2);
    CHECK(fault_line("a: \"x\"\nb:\n  \"c\n\nd: e") == 3);
  }

  TEST_CASE("blank lines at the end of a text are kept where they count") {
    const auto value = [](const std::string& text) {
      return parse("a: " + text).find("a")->scalar;
    };
    CHECK(value(">+\n  a\n") == "a\n");
    CHECK(value(">+\n  a\n\n") == "a\n\n");
    CHECK(value("!t >+ # c\n  a\n\n  b\n\n\nc: d\n") == "a\nb\n\n\n");
    CHECK(value(">+\n  a\n   b\n\n") == "a\n b\n\n");
    CHECK(value("|+\n  a\n\n") == "a\n\n");
    CHECK(value(">\n  a\n\n") == "a\n");
    CHECK(value("\"a\n\"") == "a ");
    CHECK(value("\"a\n\n\"") == "a\n");
    CHECK(value("\"a\n\n\n\n  \"") == "a\n\n\n");
    CHECK(value("'a''\n\n\n'") == "a'\n\n");
    CHECK(value("\"a\\n\n\n\n\"") == "a\n\n\n");
  }

  TEST_CASE("a key without a colon is no key") {
    CHECK(fault_line("a: 1\nwords\n") == 2);
    CHECK(fault_line("a:\n  b: 1\n  words\n") == 3);
    for (const char* good :
         {"a: 1\nb:\n", "a: 1\n? b\n", "{a: 1, b}\n", "a:\n  'b' : \n", "a: {b: , c: }"})
      CHECK(fault_line(good) == -1);
  }

  TEST_CASE("a key repeated among many is found") {
    std::string text;
    for (int i = 0; i < 1000; ++i) text += fmt::format("k{}: v\n", i);
    CHECK(parse(text).entries.size() == 1000);
    CHECK(fault_line(text + "k500: v\n") == 1001);
  }

  TEST_CASE("what is no text is refused") {
    CHECK(fault_line(std::string("a: 1\nb: \0\n", 9)) == 2);
    CHECK(fault_line("a: 1\nb: \x04 2\n") == 2);
    CHECK(fault_line("a: \x7f\n") == 1);
    CHECK(fault_line("a: 1\nb: \xff\n") == 2);
    CHECK(fault_line("a: \xed\xa0\x80\n") == 1);
    CHECK(fault_line("\xff\xfe"
                     "a\0") == 1);
    CHECK(fault_line("a: ünï ☃ 🎉\r\n\tb\n") != 0);
    CHECK(parse("\xef\xbb\xbf"
                "a: 1\n")
              .find("a") != nullptr);
  }

  TEST_CASE("aliases cannot make much out of little") {
    std::string bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n";
    for (char c = 'b'; c < 'k'; ++c) {
      std::string line = fmt::format("{}: &{} [", c, c);
      for (int i = 0; i < 10; ++i) line += fmt::format("*{},", static_cast<char>(c - 1));
      bomb += line + "]\n";
    }
    CHECK(fault_line(bomb) > 0);
    CHECK(fault_line("a: &a \"" + std::string(5 * kMegabyte, 'x') + "\"\nb: [" +
                     repeat("*a,", 3000) + "]\n") == 2);
    std::string tower = "a0: &a0 [x]\n";
    for (int i = 1; i < 70; ++i) tower += fmt::format("a{}: &a{} [*a{}]\n", i, i, i - 1);
    CHECK(fault_line(tower) > 60);
  }

  TEST_CASE("deep nesting is refused before it costs anything, however it is written") {
    const auto begin = std::chrono::steady_clock::now();
    for (const char* unit : {"[", "{", "- ", "? ", "[[],", "{a: ", "{a: b,", "[a,", "&a [", "!x [",
                             "['", "-\n", "[\n"}) {
      CAPTURE(unit);
      CHECK(fault_line(repeat(unit, 9 * kMegabyte)) >= 0);
    }
    CHECK(fault_line(repeat("[", 63) + repeat("]", 63)) == -1);
    CHECK(fault_line(repeat("[", 65) + repeat("]", 65)) == 1);
    std::string stairs;
    for (int i = 0; i < 2000; ++i) stairs += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
    CHECK(fault_line(stairs) == 65);
    // A wide margin for slow machines and sanitizers: without the limits this takes minutes.
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(60));
  }

  TEST_CASE("one long line of values that are left out costs no more than others") {
    const auto begin = std::chrono::steady_clock::now();
    for (const char* unit : {"!x,", "{a: },", "'',", "!x '',", "a?,"}) {
      CAPTURE(unit);
      const std::string filler(4 * kMegabyte, 'x');
      CHECK(fault_line("[" + repeat(unit, 300'000) + filler + "]") == -1);
    }
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(60));
  }

  TEST_CASE("a file of the largest size is read if it is one long text") {
    const std::string line = "      f(a, b); [x] = {1, 2, 3};\n";
    const Node root =
        parse("t:\n  content: |\n" + repeat(line, 9 * kMegabyte) + "\nlast: [1, 2]\n");
    CHECK(root.find("t")->find("content")->scalar.size() > 7 * kMegabyte);
    CHECK(root.find("last")->items.size() == 2);
  }

  TEST_CASE("a long text in quotes may hold any number of brackets") {
    const std::string text = repeat("{{ f(a, b) }} [x]\n", 7 * kMegabyte);
    CHECK(parse("t:\n  content: \"" + text + "\"\nlast: [1]\n").find("last") != nullptr);
    CHECK(parse("t:\n  content: '" + text + "'\nlast: [1]\n").find("last") != nullptr);
    CHECK(fault_line("t: \"" + repeat("[,", kMegabyte) + "\"\nu: " + repeat("[,", 8 * kMegabyte)) >
          0);
  }

  TEST_CASE("a block text does not hide a flow that follows it") {
    const std::string text =
        "t: |\n" + repeat("  [,\n", kMegabyte) + "u: " + repeat("[,", 8 * kMegabyte);
    CHECK(fault_line(text) > 0);
    CHECK(fault_line("\"t: |\n  \": " + repeat("[,", 9 * kMegabyte)) > 0);
  }

  TEST_CASE("each limit holds") {
    CHECK(fault_line("abcdef", {.bytes = 5}) == 0);
    CHECK(fault_line("[a, b, c]", {.nodes = 3}) == 1);
    CHECK(fault_line("[&a a, *a, *a]", {.alias_nodes = 1}) == 1);
    CHECK(fault_line("[aaa, bbb]", {.scalar_bytes = 5}) == 1);
    CHECK(fault_line("[a, b, c]", {.flow_marks = 2}) == 1);
    CHECK(fault_line("[[a]]", {.depth = 1}) == 1);
    CHECK(fault_line("[&a a, &b b]", {.nodes = 4}) == 1);
  }
}

}  // namespace town::yaml

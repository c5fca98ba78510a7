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
    CHECK(fault_line("a: \xff\n") == 0);
    CHECK(fault_line("a: \xed\xa0\x80\n") == 0);
    CHECK(fault_line("\xff\xfe"
                     "a\0") == 0);
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

  TEST_CASE("a file of the largest size is read if it is one long text") {
    const std::string line = "      f(a, b); [x] = {1, 2, 3};\n";
    const Node root =
        parse("t:\n  content: |\n" + repeat(line, 9 * kMegabyte) + "\nlast: [1, 2]\n");
    CHECK(root.find("t")->find("content")->scalar.size() > 7 * kMegabyte);
    CHECK(root.find("last")->items.size() == 2);
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

#include "engine/package/mask.h"

#include <doctest/doctest.h>

#include "engine/package/compile.h"
#include "tests/unit/engine/package/support.h"

namespace town::package {
namespace {

std::string messages(const std::string& yaml, const std::map<std::string, std::string>& given) {
  const auto compiled = compile(yaml, test_context(given), test_box());
  REQUIRE_FALSE(compiled.faults.empty());
  std::string all;
  for (const auto& fault : compiled.faults) all += fault.field + ": " + fault.message + "\n";
  return all;
}

constexpr const char* kFile = R"(
image: nginx
questions: {s: {query: q, type: secret}}
volumes: {v: {mountpoint: "@s@"}}
notes: {n: {value: "x @s@", type: url}}
network: {external: {"@s@": 80}, domains: ["@s@.example"]}
)";

}  // namespace

TEST_SUITE("engine/package/mask") {
  TEST_CASE("no fault shows the answer to a secret question") {
    const auto all = messages(kFile, {{"s", "hunter2 secret"}});
    CHECK(all.find("hunter2") == std::string::npos);
    CHECK(all.find("\"***\" is no absolute path") != std::string::npos);
    CHECK(all.find("network.external.@s@: \"***\"") != std::string::npos);
  }

  TEST_CASE("a secret that a quotation cuts off is not shown either") {
    const auto all = messages(kFile, {{"s", std::string(100, 'k') + " end"}});
    CHECK(all.find("kkk") == std::string::npos);
  }

  TEST_CASE("short secrets do not blank out the words of a message") {
    const auto all = messages(kFile, {{"s", "a"}});
    CHECK(all.find("\"***\" is no absolute path") != std::string::npos);
  }

  TEST_CASE("control characters in a secret are shown as none either") {
    Diagnostics faults{{"f", "\"top?secret\" is wrong", 0}};
    mask(faults, {"top\nsecret"});
    CHECK(faults[0].message == "\"***\" is wrong");
  }

  TEST_CASE("where there are too many to look for, nothing in quotes is shown") {
    std::set<std::string> secrets;
    for (int i = 0; i < 2'000; ++i) secrets.insert(fmt::format("secret{}", i));
    Diagnostics faults(1'000, {"f", "\"x\" is not \"secret77\"", 0});
    mask(faults, secrets);
    CHECK(faults[999].message == "\"***\" is not \"***\"");
  }
}

}  // namespace town::package

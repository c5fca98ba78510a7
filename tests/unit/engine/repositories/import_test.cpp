#include "engine/repositories/import.h"

#include <doctest/doctest.h>

#include "state/error.h"

namespace town {

namespace {

Diagnostics faults_of(const std::string& text) {
  try {
    (void)read_repositories_json(text);
  } catch (const InvalidInput& invalid) {
    return invalid.faults();
  }
  return {};
}

}  // namespace

TEST_SUITE("engine/repositories/import") {
  TEST_CASE("objects and pairs are read, mixed or not") {
    const auto read = read_repositories_json(R"([
      {"name": "default", "url": "https://h/default-packages.git"},
      ["mine", "file:///srv/mine"],
      {"name": "private", "url": "https://h/p", "username": "ann", "password": "pw"}
    ])");
    REQUIRE(read.size() == 3);
    CHECK(read[0].name == "default");
    CHECK(read[0].url == "https://h/default-packages.git");
    CHECK(read[1].name == "mine");
    CHECK(read[1].url == "file:///srv/mine");
    CHECK(read[2].username == "ann");
    CHECK(read[2].password.reveal() == "pw");
  }

  TEST_CASE("credentials in a URL are taken out of it, and fields count before them") {
    const auto read = read_repositories_json(
        R"([["a", "https://ann:pw@h/a"], {"url": "https://ann:pw@h/b.git", "username": "bob",
             "password": "other"}])");
    CHECK(read[0].url == "https://h/a");
    CHECK(read[0].username == "ann");
    CHECK(read[0].password.reveal() == "pw");
    CHECK(read[1].name == "b");
    CHECK(read[1].url == "https://h/b.git");
    CHECK(read[1].username == "bob");
    CHECK(read[1].password.reveal() == "other");
  }

  TEST_CASE("what is written reads back the same") {
    const std::string text = R"([["a","https://ann:pw@h/a"],["b","git://h/b"]])";
    const auto once = read_repositories_json(text);
    const auto again = read_repositories_json(write_repositories_json(once));
    REQUIRE(again.size() == 2);
    CHECK(again[0].password.reveal() == "pw");
    CHECK(write_repositories_json(again) == write_repositories_json(once));
    CHECK(write_repositories_json({}) == "[]\n");
  }

  TEST_CASE("every fault is reported at once, and none repeats a password") {
    const auto faults = faults_of(R"([
      {"name": "a", "url": "https://ann:hunter2@-h/x"},
      {"name": "b/c", "url": "https://h/x"},
      ["only-a-name"],
      {"name": "d", "url": "https://h/x", "username": "ann"},
      {"name": "e", "url": 5},
      7,
      {"name": "f", "url": "https://h/x"}, {"name": "f", "url": "https://h/y"}
    ])");
    std::vector<std::string> fields;
    for (const auto& fault : faults) {
      fields.push_back(fault.field);
      CHECK(fault.message.find("hunter2") == std::string::npos);
    }
    CHECK(fields == std::vector<std::string>{"0.url", "1.name", "2", "3.password", "4.url", "4.url",
                                             "5", "7.name"});
  }

  TEST_CASE("what is not a list is refused") {
    CHECK(faults_of("").size() == 1);
    CHECK(faults_of("{\"name\": \"a\"}").size() == 1);
    CHECK(faults_of("[[[[").size() == 1);
    CHECK(faults_of("[]").empty());
  }
}

}  // namespace town

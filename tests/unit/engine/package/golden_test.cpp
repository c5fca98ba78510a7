#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "engine/package/describe_json.h"
#include "tests/unit/engine/package/support.h"

namespace town::package {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Compares with the file beside the package; TOWN_ACCEPT=1 writes it anew.
void check_golden(const fs::path& expected, const std::string& actual) {
  if (std::getenv("TOWN_ACCEPT") != nullptr) std::ofstream(expected, std::ios::binary) << actual;
  CAPTURE(expected.string());
  CHECK(read(expected) == actual);
}

CompileOptions options(const std::string& name, const std::string& version) {
  const AnswerContext chance = test_context();
  CompileOptions chosen;
  chosen.name = name;
  chosen.version = version;
  chosen.internal_host = "192.168.0.2";
  chosen.free_port = chance.free_port;
  chosen.random_hex = chance.random_hex;
  return chosen;
}

}  // namespace

TEST_SUITE("engine/package/golden") {
  TEST_CASE("every example package compiles to the object that is written down") {
    const fs::path examples = TOWN_SOURCE_DIR "/examples/repository/packages";
    for (const auto& entry : fs::recursive_directory_iterator(examples)) {
      if (entry.path().extension() != ".yaml") continue;
      const auto name = entry.path().parent_path().filename().string();
      const auto version = entry.path().stem().string();
      const auto result = compile_package(read(entry.path()), options(name, version));
      CHECK(result.exit_code == 0);
      check_golden(
          fs::path(TOWN_SOURCE_DIR "/tests/golden/package") / (name + "-" + version + ".json"),
          result.json + "\n");
    }
  }

  TEST_CASE("every package with faults is answered with those that are written down") {
    for (const auto& entry : fs::directory_iterator(TOWN_SOURCE_DIR "/tests/golden/package")) {
      if (entry.path().extension() != ".yaml") continue;
      const auto result = compile_package(read(entry.path()), options("app", "1.0"));
      auto expected = entry.path();
      check_golden(expected.replace_extension(".json"), result.json + "\n");
    }
  }
}

}  // namespace town::package

// The corpora of the fuzzers, replayed: what one of them once found stays found.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/fuzz/package_input.h"
#include "tests/fuzz/text_input.h"

namespace town {
namespace {

/// How many files there were; each is a case of its own.
int replay(const std::string& name, void (*input)(std::string_view)) {
  int files = 0;
  const std::filesystem::path corpus = TOWN_SOURCE_DIR "/tests/fuzz/corpus/" + name;
  for (const auto& entry : std::filesystem::directory_iterator(corpus)) {
    CAPTURE(entry.path().string());
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    CHECK_NOTHROW(input(text));
    ++files;
  }
  return files;
}

}  // namespace

TEST_SUITE("fuzz") {
  TEST_CASE("no package file breaks a promise") {
    CHECK(replay("package", package::try_package) >= 20);
  }
  TEST_CASE("no text with markers breaks a promise") {
    CHECK(replay("markers", fuzz::try_markers) >= 5);
  }
  TEST_CASE("no image reference breaks a promise") { CHECK(replay("image", fuzz::try_image) >= 5); }
  TEST_CASE("no argument of a unit breaks a promise") {
    CHECK(replay("unit", fuzz::try_unit) >= 3);
  }
}

}  // namespace town

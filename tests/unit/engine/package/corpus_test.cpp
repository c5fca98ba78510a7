#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/fuzz/package_input.h"

namespace town::package {

TEST_SUITE("engine/package/corpus") {
  TEST_CASE("no file of the fuzzer's corpus breaks a promise") {
    int files = 0;
    const std::filesystem::path corpus = TOWN_SOURCE_DIR "/tests/fuzz/corpus/package";
    for (const auto& entry : std::filesystem::directory_iterator(corpus)) {
      CAPTURE(entry.path().string());
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string text{std::istreambuf_iterator<char>(file), {}};
      CHECK_NOTHROW(try_package(text));
      ++files;
    }
    CHECK(files >= 20);
  }
}

}  // namespace town::package

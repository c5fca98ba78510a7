#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/fuzz/template_input.h"

namespace town::tmpl {

TEST_SUITE("engine/template/corpus") {
  TEST_CASE("no template of the fuzzer's corpus breaks a promise") {
    int files = 0;
    const std::filesystem::path corpus = TOWN_SOURCE_DIR "/tests/fuzz/corpus/template";
    for (const auto& entry : std::filesystem::directory_iterator(corpus)) {
      CAPTURE(entry.path().string());
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string text{std::istreambuf_iterator<char>(file), {}};
      CHECK_NOTHROW(try_template(text));
      ++files;
    }
    CHECK(files >= 20);
  }
}

}  // namespace town::tmpl

#include "controllers/drivers/beneath.h"

#include <doctest/doctest.h>
#include <fcntl.h>

#include "state/error.h"
#include "tests/unit/controllers/drivers/temporary_directory.h"

namespace town {

TEST_SUITE("controllers/drivers/beneath") {
  TEST_CASE("directories are made and opened beneath the root") {
    const TemporaryDirectory directory;
    const Descriptor root(open(directory.path().c_str(), O_RDONLY | O_DIRECTORY));
    CHECK(make_directories(root.get(), "a/b/c"));
    CHECK(make_directories(root.get(), "a/b/c"));
    CHECK(std::filesystem::is_directory(directory.path() / "a/b/c"));
    CHECK(open_beneath(root.get(), "a/b", O_RDONLY));
    CHECK(open_beneath(root.get(), "", O_RDONLY));
  }

  TEST_CASE("neither dots, nor absolute paths, nor links lead out or around") {
    const TemporaryDirectory directory;
    directory.write("real/file", "x");
    std::filesystem::create_directory_symlink("/etc", directory.path() / "etc");
    std::filesystem::create_directory_symlink("real", directory.path() / "inner");
    const Descriptor root(open(directory.path().c_str(), O_RDONLY | O_DIRECTORY));
    for (const char* path : {"..", "real/../..", "/etc", "etc", "etc/passwd", "inner/file"}) {
      CAPTURE(path);
      CHECK_FALSE(open_beneath(root.get(), path, O_RDONLY));
    }
    CHECK(open_beneath(root.get(), "real/file", O_RDONLY));
    CHECK_THROWS_AS(make_directories(root.get(), "etc/town-test"), Error);
    CHECK_THROWS_AS(make_directories(root.get(), "real/file/x"), Error);
  }

  TEST_CASE("a path is cut at its last slash") {
    CHECK(parent_of("a/b/c") == "a/b");
    CHECK(parent_of("c").empty());
    CHECK(leaf_of("a/b/c") == "c");
    CHECK(leaf_of("c") == "c");
  }
}

}  // namespace town

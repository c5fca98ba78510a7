#include "controllers/drivers/small_file.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "tests/unit/controllers/drivers/temporary_directory.h"

namespace town {

TEST_SUITE("controllers/drivers/small_file") {
  TEST_CASE("a replaced file has the new text and mode, and leaves nothing beside it") {
    const TemporaryDirectory directory;
    const auto file = directory.path() / "a";
    replace_file(file, "one", 0600);
    replace_file(file, "two", 0640);
    CHECK(read_small_file(file, 100) == "two");
    struct stat status {};
    REQUIRE(stat(file.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0640);
    std::size_t entries = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator(directory.path())) {
      ++entries;
    }
    CHECK(entries == 1);
  }

  TEST_CASE("a file is read up to its limit and not beyond") {
    const TemporaryDirectory directory;
    directory.write("a", std::string(100, 'x'));
    const auto file = directory.path() / "a";
    CHECK(read_small_file(file, 100)->size() == 100);
    CHECK_FALSE(read_small_file(file, 99).has_value());
    CHECK_FALSE(read_small_file(directory.path() / "none", 99).has_value());
    directory.write("empty", "");
    CHECK(read_small_file(directory.path() / "empty", 0) == "");
    CHECK(read_small_file("/proc/self/status", 1 << 20)->size() > 100);  // its size is said to be 0
  }

  TEST_CASE("links, directories and pipes are no files") {
    const TemporaryDirectory directory;
    directory.write("a", "text");
    std::filesystem::create_symlink(directory.path() / "a", directory.path() / "link");
    CHECK_FALSE(read_small_file(directory.path() / "link", 100).has_value());
    CHECK_FALSE(stamp_of(directory.path() / "link").has_value());
    CHECK_FALSE(read_small_file(directory.path(), 100).has_value());
    REQUIRE(mkfifo((directory.path() / "pipe").c_str(), 0600) == 0);
    CHECK_FALSE(read_small_file(directory.path() / "pipe", 100).has_value());
  }

  TEST_CASE("a stamp changes when a file is replaced by one of the same size") {
    const TemporaryDirectory directory;
    const auto file = directory.path() / "a";
    replace_file(file, "one", 0644);
    const auto before = stamp_of(file);
    replace_file(file, "two", 0644);
    CHECK(before.has_value());
    CHECK(stamp_of(file) != before);
  }

  TEST_CASE("removing what is not there is fine") {
    const TemporaryDirectory directory;
    directory.write("a", "x");
    remove_file_at(directory.path() / "a");
    remove_file_at(directory.path() / "a");
    CHECK_FALSE(std::filesystem::exists(directory.path() / "a"));
  }
}

}  // namespace town

#include "controllers/drivers/unpack.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <fstream>

#include "controllers/drivers/descriptor.h"
#include "controllers/drivers/process.h"
#include "state/error.h"
#include "tests/unit/controllers/drivers/tar.h"
#include "tests/unit/controllers/drivers/temporary_directory.h"

namespace town {
namespace {

using test::tar;

struct Fixture {
  TemporaryDirectory scratch;
  std::filesystem::path top = scratch.path() / "volume";
  UnpackOptions options{.name = "the archive x.tar"};

  Fixture() { std::filesystem::create_directory(top); }

  std::uint64_t unpack(const std::string& bytes, const std::stop_token& stop = {}) {
    const Descriptor file(memfd_create("archive", MFD_CLOEXEC));
    REQUIRE(write(file.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    lseek(file.get(), 0, SEEK_SET);
    const Descriptor directory(open(top.c_str(), O_RDONLY | O_DIRECTORY));
    return town::unpack(file.get(), directory.get(), options, {}, stop);
  }

  std::string reason(const std::string& bytes) {
    try {
      unpack(bytes);
    } catch (const Error& error) {
      return error.reason();
    }
    return "none";
  }

  std::string text(const std::string& file) const {
    std::ifstream stream(top / file);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  struct stat look(const std::string& file) const {
    struct stat status {};
    REQUIRE(lstat((top / file).c_str(), &status) == 0);
    return status;
  }

  /// Everything that lies beside the volume.
  std::size_t beside() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(scratch.path()), {}));
  }
};

}  // namespace

TEST_SUITE("controllers/drivers/unpack") {
  TEST_CASE_FIXTURE(Fixture, "files, directories and links are as in the archive") {
    CHECK(unpack(tar({{"./", '5', "", "", 0700},
                      {"./a/b/", '5', "", "", 01777, 7, 8},
                      {"./a/b/file.txt", '0', "hello", "", 0640, 7, 8},
                      {"./a/link", '2', "", "b/file.txt"},
                      {"./a/same", '1', "", "a/b/file.txt"},
                      {"./deep/without/parents", '0', "x"}})) == 6);
    CHECK(text("a/b/file.txt") == "hello");
    CHECK(text("a/link") == "hello");
    CHECK(text("deep/without/parents") == "x");
    CHECK((look("a/b").st_mode & 07777) == 01777);
    CHECK((look("a/b/file.txt").st_mode & 07777) == 0640);
    CHECK(look("a/b/file.txt").st_uid == 7);
    CHECK(look("a/b/file.txt").st_gid == 8);
    CHECK(look("a/b/file.txt").st_mtime == 1'600'000'000);
    CHECK(look("a/same").st_ino == look("a/b/file.txt").st_ino);
    CHECK((look("").st_mode & 0777) == 0755);
  }

  TEST_CASE_FIXTURE(Fixture, "with an owner all of it belongs to that one") {
    options.owner = {33, 34};
    unpack(tar({{"a/file", '0', "x", "", 0644, 1, 1}, {"l", '2', "", "a/file"}}));
    for (const char* name : {"a", "a/file", "l"}) {
      CHECK(look(name).st_uid == 33);
      CHECK(look(name).st_gid == 34);
    }
  }

  TEST_CASE_FIXTURE(Fixture, "no program becomes one that runs as somebody else") {
    unpack(tar({{"run", '0', "x", "", 06755}, {"d", '5', "", "", 02755}}));
    CHECK((look("run").st_mode & 07777) == 0755);
    CHECK((look("d").st_mode & 07777) == 0755);
  }

  TEST_CASE_FIXTURE(Fixture, "an image says how the volume itself looks, an archive does not") {
    const auto bytes = tar({{"./", '5', "", "", 0700, 999, 999}});
    unpack(bytes);
    CHECK(look("").st_uid == 0);
    options.top = true;
    unpack(bytes);
    CHECK(look("").st_uid == 999);
    CHECK((look("").st_mode & 0777) == 0700);
  }

  TEST_CASE_FIXTURE(Fixture, "nothing is written outside, whatever the archive says") {
    CHECK(reason(tar({{"/etc/x", '0', "x"}})) == "ArchiveUnsafe");
    CHECK(reason(tar({{"../x", '0', "x"}})) == "ArchiveUnsafe");
    CHECK(reason(tar({{"a/../../x", '0', "x"}})) == "ArchiveUnsafe");
    CHECK(reason(tar({{"out", '2', "", "/etc"}})) == "ArchiveUnsafe");
    CHECK(reason(tar({{"out", '2', "", ".."}})) == "ArchiveUnsafe");
    CHECK(reason(tar({{"a/out", '2', "", "../b/../../c"}})) == "ArchiveUnsafe");
    CHECK(reason(tar({{"h", '1', "", "../x"}})) == "ArchiveUnsafe");
    CHECK(reason(tar({{"h", '1', "", "/etc/passwd"}})) == "ArchiveUnsafe");
    CHECK(beside() == 1);
  }

  TEST_CASE_FIXTURE(Fixture, "what lies below a link, or is one, is never followed") {
    options.outward_links = true;  // as in an image, where they mean the container's root
    std::filesystem::create_directory(scratch.path() / "outside");
    const auto outside = (scratch.path() / "outside").string();
    CHECK(reason(tar({{"l", '2', "", outside}, {"l/x", '0', "x"}})) == "ArchiveUnsafe");
    CHECK(reason(tar({{"m", '2', "", outside}, {"m", '5'}})) == "ArchiveUnsafe");
    CHECK(reason(tar({{"n", '2', "", outside + "/x"}, {"h", '1', "", "n"}})) == "ArchiveUnsafe");
    CHECK(reason(tar({{"o", '2', "", outside + "/new"}, {"o", '0', "mine"}})) == "none");
    CHECK(text("o") == "mine");
    CHECK(std::filesystem::is_empty(outside));
  }

  TEST_CASE_FIXTURE(Fixture,
                    "devices and pipes are refused, and so is a file in a directory's place") {
    CHECK(reason(tar({{"d", '3'}})) == "ArchiveUnsafe");
    CHECK(reason(tar({{"p", '6'}})) == "ArchiveUnsafe");
    CHECK(reason(tar({{"a/x", '0', "x"}, {"a", '0', "x"}})) == "ArchiveUnsafe");
    CHECK(reason(tar({{"b", '0', "x"}, {"b/x", '0', "x"}})) == "ArchiveUnsafe");
    CHECK(reason(tar({{"", '0', "x"}})) != "none");
  }

  TEST_CASE_FIXTURE(Fixture, "what is no archive, or half of one, is said to be damaged") {
    CHECK(reason("") == "ArchiveDamaged");
    CHECK(reason("This is no archive at all, but a letter to a friend.") == "ArchiveDamaged");
    const auto whole = tar({{"a", '0', std::string(5'000, 'x')}});
    CHECK(reason(whole.substr(0, 2'000)) == "ArchiveDamaged");
  }

  TEST_CASE_FIXTURE(Fixture, "compressed archives are known by what they hold; twice is a bomb") {
    scratch.write("in/file", "hello");
    for (const std::string how : {"-cz", "-cj", "-cJ"}) {
      const auto path = (scratch.path() / ("x" + how)).string();
      REQUIRE(run({"tar", how, "-f", path, "-C", (scratch.path() / "in").string(), "file"}, {}, {})
                  .exit_code == 0);
      std::ifstream stream(path);
      const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
      CAPTURE(how);
      std::filesystem::remove(top / "file");
      CHECK(reason(bytes) == "none");
      CHECK(text("file") == "hello");
    }
    const auto twice = (scratch.path() / "x-cz").string();
    REQUIRE(run({"gzip", "-k", twice, "-S", ".again"}, {}, {}).exit_code == 0);
    std::ifstream stream(twice + ".again");
    CHECK(reason({std::istreambuf_iterator<char>(stream), {}}) == "ArchiveDamaged");
  }

  TEST_CASE_FIXTURE(Fixture,
                    "there are bounds on how many, how much for how little, and how long") {
    options.entries = 2;
    CHECK(reason(tar({{"a", '0'}, {"b", '0'}, {"c", '0'}})) == "ArchiveTooLarge");
    options = {.name = "the archive x.tar", .deadline = std::chrono::steady_clock::now()};
    CHECK(reason(tar({{"a", '0'}})) == "TimedOut");
    std::stop_source source;
    source.request_stop();
    options = {.name = "the archive x.tar"};
    CHECK_THROWS_WITH_AS(unpack(tar({{"a", '0'}}), source.get_token()),
                         "The unpacking was interrupted.", Error);
  }

  TEST_CASE_FIXTURE(Fixture, "names of other languages arrive byte for byte") {
    unpack(
        tar({{"b\xC3\xBC"
              "cher/\xE6\x9C\xAC",
              '0', "x"}}));
    CHECK(text("b\xC3\xBC"
               "cher/\xE6\x9C\xAC") == "x");
    scratch.write("in/" + std::string(60, 'a') + "/\xC3\xA9" + std::string(120, 'b'), "long");
    const auto path = (scratch.path() / "pax.tar").string();
    REQUIRE(run({"tar", "--format=pax", "-cf", path, "-C", (scratch.path() / "in").string(), "."},
                {}, {})
                .exit_code == 0);
    std::ifstream stream(path);
    unpack({std::istreambuf_iterator<char>(stream), {}});
    CHECK(text(std::string(60, 'a') + "/\xC3\xA9" + std::string(120, 'b')) == "long");
  }
}

}  // namespace town

#include "controllers/drivers/directory_watch.h"

#include <doctest/doctest.h>

#include <condition_variable>
#include <mutex>
#include <set>

#include "tests/unit/controllers/drivers/temporary_directory.h"

namespace town {
namespace {

class Heard {
 public:
  DirectoryWatch::Notify listener() {
    return [this](const std::filesystem::path& directory, const std::string& name) {
      const std::lock_guard lock(mutex_);
      told_.emplace(directory, name);
      changed_.notify_all();
    };
  }
  bool hears(const std::filesystem::path& directory, const std::string& name) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] {
      return told_.erase({directory, name}) > 0;
    });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::pair<std::filesystem::path, std::string>> told_;
};

}  // namespace

TEST_SUITE("controllers/drivers/directory_watch") {
  TEST_CASE("files that are written, renamed and removed are told by name") {
    const TemporaryDirectory directory;
    Heard heard;
    const DirectoryWatch watch({directory.path()}, heard.listener());
    directory.write("a", "1");
    CHECK(heard.hears(directory.path(), "a"));
    std::filesystem::rename(directory.path() / "a", directory.path() / "b");
    CHECK(heard.hears(directory.path(), "b"));
    std::filesystem::remove(directory.path() / "b");
    CHECK(heard.hears(directory.path(), "b"));
  }

  TEST_CASE("a directory that appears later, with its parents, is watched from then on") {
    const TemporaryDirectory directory;
    const auto late = directory.path() / "not" / "yet" / "there";
    Heard heard;
    const DirectoryWatch watch({late}, heard.listener());
    std::filesystem::create_directories(late);
    CHECK(heard.hears(late, ""));
    directory.write("not/yet/there/file", "1");
    CHECK(heard.hears(late, "file"));
  }

  TEST_CASE("a directory that vanishes and comes back is watched again") {
    const TemporaryDirectory directory;
    const auto inner = directory.path() / "inner";
    std::filesystem::create_directory(inner);
    Heard heard;
    const DirectoryWatch watch({inner}, heard.listener());
    std::filesystem::remove(inner);
    CHECK(heard.hears(inner, ""));
    std::filesystem::create_directory(inner);
    CHECK(heard.hears(inner, ""));
    directory.write("inner/file", "1");
    CHECK(heard.hears(inner, "file"));
  }

  TEST_CASE("a renamed directory no longer counts") {
    const TemporaryDirectory directory;
    const auto inner = directory.path() / "inner";
    std::filesystem::create_directory(inner);
    Heard heard;
    const DirectoryWatch watch({inner}, heard.listener());
    std::filesystem::rename(inner, directory.path() / "outer");
    CHECK(heard.hears(inner, ""));
    std::filesystem::create_directory(inner);
    CHECK(heard.hears(inner, ""));
    directory.write("inner/file", "1");
    CHECK(heard.hears(inner, "file"));
  }
}

}  // namespace town

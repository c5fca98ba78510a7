#include "controllers/drivers/reserve.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <string>
#include <system_error>

#include "controllers/drivers/descriptor.h"
#include "controllers/drivers/system_error.h"

namespace town {
namespace {

namespace fs = std::filesystem;

constexpr const char* kUnfinished = "unfinished";
constexpr const char* kData = "data";

/// btrfs keeps places and names ("metadata") apart from data, and either may run out. A file of up
/// to 2048 bytes (max_inline) lies in metadata whole, so this is what a slice keeps of it: about
/// 0.6 MB, with which a file system that had none left took 64 synced writes and 50 new files.
constexpr int kSmallFiles = 256;
constexpr std::size_t kSmallFileBytes = 2000;

[[noreturn]] void fail(const std::string& what, int error) { throw system_error(what, error); }

bool is_slice(const fs::path& entry) {
  const auto name = entry.filename().string();
  return std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isdigit(c); });
}

class FileReserve final : public Reserve {
 public:
  explicit FileReserve(fs::path directory) : directory_(std::move(directory)) {}

  int held() override {
    std::error_code none;
    const auto entries = fs::directory_iterator(directory_, none);
    return static_cast<int>(std::count_if(begin(entries), end(entries),
                                          [](const auto& entry) { return is_slice(entry); }));
  }

  void hold(std::uint64_t bytes) override {
    const auto unfinished = directory_ / kUnfinished;
    try {
      make_directory(directory_);
      remove_tree(unfinished);  // of a crash
      make_directory(unfinished);
      keep_data(unfinished / kData, bytes);
      keep_metadata(unfinished);
      if (rename(unfinished.c_str(), (directory_ / free_name()).c_str()) != 0) {
        fail("The reserve of the disk could not be kept", errno);
      }
    } catch (...) {
      std::error_code left;
      fs::remove_all(unfinished, left);
      throw;
    }
  }

  void release() override {
    const auto number = held();
    for (const auto& entry : fs::directory_iterator(directory_)) {
      if (number == 0) return;
      if (!is_slice(entry)) continue;
      remove_tree(entry.path());
      break;
    }
    // What is deleted can be used after the next commit of the file system.
    const Descriptor directory(open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory || syncfs(directory.get()) != 0) {
      fail("The reserve of the disk could not be given up", errno);
    }
  }

 private:
  static void make_directory(const fs::path& path) {
    if (mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return;
    fail("The reserve of the disk could not be kept", errno);
  }

  static void remove_tree(const fs::path& path) {
    std::error_code failed;
    fs::remove_all(path, failed);
    if (failed) fail("The reserve of the disk could not be given up", failed.value());
  }

  /// Blocks that are promised but not written: btrfs neither compresses nor shares them. A file for
  /// each slice, because of a file that is cut short btrfs keeps the whole extent.
  static void keep_data(const fs::path& path, std::uint64_t bytes) {
    const Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file) fail("The reserve of the disk could not be kept", errno);
    const int failed = posix_fallocate(file.get(), 0, static_cast<off_t>(bytes));
    if (failed != 0) fail("The reserve of the disk could not be kept", failed);
  }

  static void keep_metadata(const fs::path& directory) {
    std::array<char, kSmallFileBytes> noise{};  // zeros could be compressed to nothing
    if (getrandom(noise.data(), noise.size(), 0) < 0) fail("There is no randomness", errno);
    for (int i = 0; i < kSmallFiles; ++i) {
      const auto path = directory / std::to_string(i);
      const Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
      if (!file || write(file.get(), noise.data(), noise.size()) < 0) {
        fail("The reserve of the disk could not be kept", errno);
      }
    }
  }

  [[nodiscard]] std::string free_name() const {
    for (int i = 0;; ++i) {
      auto name = std::to_string(i);
      if (!fs::exists(directory_ / name)) return name;
    }
  }

  const fs::path directory_;
};

}  // namespace

std::unique_ptr<Reserve> make_reserve(const fs::path& directory) {
  return std::make_unique<FileReserve>(directory);
}

}  // namespace town

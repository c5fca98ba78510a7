#include "controllers/drivers/small_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "controllers/drivers/descriptor.h"
#include "controllers/drivers/system_error.h"

namespace town {
namespace {

// File times move with the kernel's tick, which is 10 ms at most.
constexpr std::chrono::milliseconds kTimeGrain{50};

}  // namespace

std::optional<FileStamp> stamp_of(const std::filesystem::path& file) {
  struct stat status {};
  if (lstat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  FileStamp stamp;
  stamp.inode = status.st_ino;
  stamp.size = static_cast<std::uint64_t>(status.st_size);
  stamp.changed = status.st_ctim.tv_sec * 1'000'000'000 + status.st_ctim.tv_nsec;
  return stamp;
}

bool is_settled(const FileStamp& stamp) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return now - std::chrono::nanoseconds(stamp.changed) > kTimeGrain;
}

std::optional<std::string> read_small_file(const std::filesystem::path& file, std::size_t limit) {
  // O_NONBLOCK: a pipe laid in our way must not hold us up.
  const Descriptor opened(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat status {};
  if (!opened || fstat(opened.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  std::string text;
  text.resize(std::min(limit, static_cast<std::size_t>(status.st_size) + 1) + 1);
  std::size_t size = 0;
  for (;;) {
    const ssize_t count = read(opened.get(), text.data() + size, text.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::nullopt;
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
    if (size > limit) return std::nullopt;
    if (size == text.size()) text.resize(std::min(limit, size * 2) + 1);
  }
  text.resize(size);
  return text;
}

void replace_file(const std::filesystem::path& file, const std::string& text, mode_t mode) {
  const auto temporary = file.parent_path() / fmt::format(".{}.tmp", file.filename().string());
  const std::string what = fmt::format("{} could not be written", file.string());
  Descriptor opened(
      open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!opened || fchmod(opened.get(), mode) != 0) throw system_error(what, errno);
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t count = write(opened.get(), text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw system_error(what, errno);
    done += static_cast<std::size_t>(count);
  }
  opened.reset();
  if (std::rename(temporary.c_str(), file.c_str()) != 0) throw system_error(what, errno);
}

void remove_file_at(const std::filesystem::path& file) {
  if (unlink(file.c_str()) != 0 && errno != ENOENT) {
    throw system_error(fmt::format("{} could not be removed", file.string()), errno);
  }
}

}  // namespace town

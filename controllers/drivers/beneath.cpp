#include "controllers/drivers/beneath.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "controllers/drivers/system_error.h"

namespace town {
namespace {

constexpr int kTries = 16;  // a rename elsewhere makes the kernel give up with EAGAIN
constexpr mode_t kDirectoryMode = 0755;

}  // namespace

Descriptor open_beneath(int directory, const std::string& path, int flags, mode_t mode) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.mode = mode;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
  const char* name = path.empty() ? "." : path.c_str();
  for (int i = 0; i < kTries; ++i) {
    const auto fd = static_cast<int>(syscall(SYS_openat2, directory, name, &how, sizeof how));
    if (fd >= 0 || errno != EAGAIN) return Descriptor(fd);
  }
  return {};
}

Descriptor make_directories(int directory, const std::string& path) {
  Descriptor current = open_beneath(directory, "", O_RDONLY | O_DIRECTORY);
  if (!current) throw system_error("The data root could not be opened", errno);
  for (std::size_t begin = 0; begin < path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string name = path.substr(begin, end - begin);
    if (mkdirat(current.get(), name.c_str(), kDirectoryMode) != 0 && errno != EEXIST) {
      throw system_error(fmt::format("The directory '{}' could not be made", path), errno);
    }
    current = open_beneath(current.get(), name, O_RDONLY | O_DIRECTORY);
    if (!current) throw system_error(fmt::format("'{}' could not be opened", path), errno);
    begin = end + 1;
  }
  return current;
}

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

std::string leaf_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

}  // namespace town

#include "api/cmd/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "controllers/drivers/system_error.h"
#include "state/error.h"

namespace town {
namespace {

std::string first_word(int descriptor) {
  char text[32] = {};
  const auto got = pread(descriptor, text, sizeof(text) - 1, 0);
  const std::string read(text, got > 0 ? static_cast<std::size_t>(got) : 0);
  return read.substr(0, read.find_first_not_of("0123456789"));
}

}  // namespace

DaemonLock::DaemonLock(const std::filesystem::path& file, const std::string& taken)
    : descriptor_(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)) {
  if (descriptor_ < 0) {
    throw Error(Code::unavailable, "NoLock",
                "cannot open " + file.string() + ": " + std::strerror(errno));
  }
  if (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    const auto pid = first_word(descriptor_);
    close(descriptor_);
    throw Error(Code::conflict, "AlreadyRunning",
                "another townd" + (pid.empty() ? "" : " (pid " + pid + ")") + " already " + taken);
  }
  const auto pid = std::to_string(getpid()) + "\n";
  const bool written =
      ftruncate(descriptor_, 0) == 0 &&
      pwrite(descriptor_, pid.data(), pid.size(), 0) == static_cast<ssize_t>(pid.size());
  // On a full disk the lock holds all the same, and making room comes after it.
  if (!written && errno != ENOSPC) {
    const auto why = system_error("cannot write " + file.string(), errno);
    close(descriptor_);
    throw Error(why);
  }
}

DaemonLock::~DaemonLock() { close(descriptor_); }

}  // namespace town

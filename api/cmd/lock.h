// One daemon per data directory. Owned by townd's main.
#pragma once

#include <filesystem>

namespace town {

class DaemonLock {
 public:
  /// Takes the lock file and writes our pid into it. Error{conflict, AlreadyRunning} names the pid
  /// of the daemon that has it.
  explicit DaemonLock(const std::filesystem::path& file);
  DaemonLock(const DaemonLock&) = delete;
  DaemonLock& operator=(const DaemonLock&) = delete;
  ~DaemonLock();

 private:
  int descriptor_;
};

}  // namespace town

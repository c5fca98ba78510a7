// One daemon per data directory, and per machine. Owned by townd's main.
#pragma once

#include <filesystem>
#include <string>

namespace town {

class DaemonLock {
 public:
  /// Takes the lock file and, where the disk has room, writes our pid into it. Error{conflict,
  /// AlreadyRunning} names the pid of the daemon that has it: "another townd (pid 7) already
  /// <taken>".
  DaemonLock(const std::filesystem::path& file, const std::string& taken);
  DaemonLock(const DaemonLock&) = delete;
  DaemonLock& operator=(const DaemonLock&) = delete;
  ~DaemonLock();

 private:
  int descriptor_;
};

}  // namespace town

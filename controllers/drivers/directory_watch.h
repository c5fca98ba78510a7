// Tells when something in a directory changes, by inotify on a thread of its own. For drivers; one
// object per driver. A directory may be missing, vanish and come back.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace town {

class DirectoryWatch {
 public:
  /// With the directory and the entry that was written, renamed or removed; with "" where anything
  /// in it may have changed. Called on the watch's thread; must not throw.
  using Notify =
      std::function<void(const std::filesystem::path& directory, const std::string& name)>;

  /// Throws Error{unavailable, NoInotify} where the system has no more watches to give.
  DirectoryWatch(std::vector<std::filesystem::path> directories, Notify notify);
  DirectoryWatch(const DirectoryWatch&) = delete;
  DirectoryWatch& operator=(const DirectoryWatch&) = delete;
  ~DirectoryWatch();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace town

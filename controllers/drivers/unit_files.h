// The two directories that the systemd driver keeps: unit files and environments. Owned by the
// driver; any thread.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "controllers/drivers/small_file.h"
#include "controllers/drivers/systemd.h"
#include "state/guarded.h"

namespace town {

class UnitFiles {
 public:
  explicit UnitFiles(SystemdPaths paths) : paths_(std::move(paths)) {}

  /// By unit name: regular files of at most 1 MiB whose first line carries our mark. A file that
  /// has not changed since it was last read is not read again.
  std::map<std::string, std::string> files();
  void write_file(const std::string& unit, const std::string& text) const;
  void remove_file(const std::string& unit) const;

  std::map<std::string, std::string> environments() const;
  void write_environment(const std::string& unit, const std::string& text) const;
  void remove_environment(const std::string& unit) const;

 private:
  struct Read {
    std::optional<FileStamp> stamp;  ///< none while the file is too young to tell
    std::string text;
  };

  const SystemdPaths paths_;
  Guarded<std::map<std::string, Read>> read_;
};

}  // namespace town

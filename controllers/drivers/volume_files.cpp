#include "controllers/drivers/volume_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "controllers/drivers/beneath.h"
#include "controllers/drivers/btrfs_path.h"
#include "controllers/drivers/system_error.h"
#include "state/digest.h"

namespace town {
namespace {

constexpr mode_t kFileMode = 0600;
constexpr mode_t kDirectoryMode = 0750;

void own(int fd, const FileOwner& owner, const std::string& file) {
  if (!owner.uid || !owner.gid) return;
  if (fchown(fd, *owner.uid, *owner.gid) != 0) {
    throw system_error(fmt::format("The owner of '{}' could not be set", file), errno);
  }
}

/// The directory that the file belongs into, made where it is missing.
Descriptor directory_for(int top, const std::string& file, const FileOwner& owner) {
  Descriptor current = open_beneath(top, "", O_RDONLY | O_DIRECTORY);
  const auto parent = parent_of(file);
  for (std::size_t begin = 0; current && begin < parent.size();) {
    const auto end = std::min(parent.find('/', begin), parent.size());
    const auto name = parent.substr(begin, end - begin);
    const bool made = mkdirat(current.get(), name.c_str(), kDirectoryMode) == 0;
    if (!made && errno != EEXIST) {
      throw system_error(fmt::format("The directory of '{}' could not be made", file), errno);
    }
    current = open_beneath(current.get(), name, O_RDONLY | O_DIRECTORY);
    if (current && made) own(current.get(), owner, file);
    begin = end + 1;
  }
  if (!current) {
    throw Error(
        Code::conflict, "PathTaken",
        fmt::format("'{}' cannot be written: a file or a link stands in its way. It was not "
                    "touched",
                    file));
  }
  return current;
}

void write_all(int fd, const std::string& text, const std::string& file) {
  for (std::size_t done = 0; done < text.size();) {
    const auto count = write(fd, text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw system_error(fmt::format("'{}' could not be written", file), errno);
    done += static_cast<std::size_t>(count);
  }
  if (fsync(fd) != 0) throw system_error(fmt::format("'{}' could not be written", file), errno);
}

/// A file under a passing name, gone again unless it is put in place.
class Passing {
 public:
  explicit Passing(int directory)
      : directory_(directory),
        name_(".town-os-" + random_hex(8) + ".tmp"),
        fd_(openat(directory, name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                   kFileMode)) {}
  Passing(const Passing&) = delete;
  Passing& operator=(const Passing&) = delete;
  ~Passing() {
    if (fd_) unlinkat(directory_, name_.c_str(), 0);
  }

  [[nodiscard]] int get() const { return fd_.get(); }
  explicit operator bool() const { return static_cast<bool>(fd_); }

  /// False where something is there by now: then it stays.
  bool put(const std::string& leaf) {
    if (renameat2(directory_, name_.c_str(), directory_, leaf.c_str(), RENAME_NOREPLACE) != 0) {
      return false;
    }
    fd_.reset();
    return true;
  }

 private:
  int directory_;
  std::string name_;
  Descriptor fd_;
};

}  // namespace

std::vector<std::string> missing_below(int top, const std::vector<std::string>& files) {
  std::vector<std::string> missing;
  for (const auto& file : files) {
    check_volume_path(file);
    const auto directory = open_beneath(top, parent_of(file), O_RDONLY | O_DIRECTORY);
    struct stat status {};
    const bool there = directory ? fstatat(directory.get(), leaf_of(file).c_str(), &status,
                                           AT_SYMLINK_NOFOLLOW) == 0
                                 : errno != ENOENT;
    if (!there) missing.push_back(file);
  }
  return missing;
}

void write_below(int top, const std::string& file, const std::string& text,
                 const FileOwner& owner) {
  check_volume_path(file);
  const auto directory = directory_for(top, file, owner);
  Passing passing(directory.get());
  if (!passing) throw system_error(fmt::format("'{}' could not be made", file), errno);
  write_all(passing.get(), text, file);
  own(passing.get(), owner, file);
  if (!passing.put(leaf_of(file)) && errno != EEXIST) {
    throw system_error(fmt::format("'{}' could not be put in its place", file), errno);
  }
  if (fsync(directory.get()) != 0) {
    throw system_error(fmt::format("'{}' could not be written", file), errno);
  }
}

}  // namespace town

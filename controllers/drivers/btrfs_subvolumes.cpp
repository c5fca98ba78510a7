#include "controllers/drivers/btrfs_subvolumes.h"

#include <btrfsutil.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <iterator>

#include "controllers/drivers/beneath.h"
#include "controllers/drivers/system_error.h"

namespace town {
namespace {

constexpr int kTries = 5;

void check(btrfs_util_error result, const std::string& what) {
  if (result == BTRFS_UTIL_OK) return;
  throw system_error(fmt::format("{} ({})", what, btrfs_util_strerror(result)), errno);
}

std::string hex(const std::uint8_t (&bytes)[16]) {
  std::string result;
  for (const std::uint8_t byte : bytes) fmt::format_to(std::back_inserter(result), "{:02x}", byte);
  return result;
}

SubvolumeInfo convert(const struct btrfs_util_subvolume_info& info) {
  SubvolumeInfo result;
  result.id = info.id;
  result.parent = info.parent_id;
  result.uuid = hex(info.uuid);
  result.read_only = (info.flags & BTRFS_ROOT_SUBVOL_RDONLY) != 0;
  return result;
}

class Iterator {
 public:
  Iterator(int fd, std::uint64_t top) {
    check(btrfs_util_create_subvolume_iterator_fd(fd, top, 0, &iterator_),
          "The subvolumes could not be listed");
  }
  Iterator(const Iterator&) = delete;
  Iterator& operator=(const Iterator&) = delete;
  ~Iterator() { btrfs_util_destroy_subvolume_iterator(iterator_); }

  btrfs_util_error next(SubvolumeInfo& info) {
    char* path = nullptr;
    struct btrfs_util_subvolume_info raw {};
    const auto result = btrfs_util_subvolume_iterator_next_info(iterator_, &path, &raw);
    if (result != BTRFS_UTIL_OK) return result;
    info = convert(raw);
    info.path = path;
    std::free(path);
    return result;
  }

 private:
  btrfs_util_subvolume_iterator* iterator_ = nullptr;
};

/// One walk; false where a subvolume vanished under it.
bool walk(int fd, std::uint64_t top, std::vector<SubvolumeInfo>& found) {
  Iterator iterator(fd, top);
  found.clear();
  for (SubvolumeInfo info;;) {
    const auto result = iterator.next(info);
    if (result == BTRFS_UTIL_ERROR_STOP_ITERATION) return true;
    if (result != BTRFS_UTIL_OK && (errno == ENOENT || errno == ESTALE)) return false;
    check(result, "The subvolumes could not be listed");
    found.push_back(std::move(info));
  }
}

Descriptor open_made(int parent, const std::string& name) {
  Descriptor made = open_beneath(parent, name, O_RDONLY | O_DIRECTORY);
  if (!made)
    throw system_error(fmt::format("The new subvolume {} could not be opened", name), errno);
  return made;
}

}  // namespace

bool is_subvolume(int fd) {
  struct stat status {};
  // The top directory of each subvolume has this inode number, and nothing else on btrfs has.
  return fstat(fd, &status) == 0 && S_ISDIR(status.st_mode) &&
         status.st_ino == BTRFS_FIRST_FREE_OBJECTID;
}

std::uint64_t subvolume_holding(int fd) {
  std::uint64_t id = 0;
  check(btrfs_util_subvolume_id_fd(fd, &id), "The data root could not be looked at");
  return id;
}

SubvolumeInfo subvolume_info(int fd) {
  struct btrfs_util_subvolume_info info {};
  check(btrfs_util_subvolume_info_fd(fd, 0, &info), "A subvolume could not be looked at");
  return convert(info);
}

std::string path_in_subvolume(int fd) {
  struct stat status {};
  if (fstat(fd, &status) != 0) throw system_error("The data root could not be looked at", errno);
  btrfs_ioctl_ino_lookup_args arguments{};
  arguments.objectid = status.st_ino;
  if (ioctl(fd, BTRFS_IOC_INO_LOOKUP, &arguments) != 0) {
    throw system_error("The data root could not be looked at", errno);
  }
  std::string path = arguments.name;
  while (path.ends_with('/')) path.pop_back();
  return path;
}

std::vector<SubvolumeInfo> subvolumes_below(int fd, std::uint64_t id) {
  std::vector<SubvolumeInfo> found;
  for (int i = 0; i < kTries; ++i) {
    if (walk(fd, id, found)) return found;
  }
  throw Error(Code::unavailable, "Busy",
              "The subvolumes could not be listed: they change faster than they can be read.");
}

std::vector<std::uint64_t> all_subvolume_ids(int fd) {
  std::vector<std::uint64_t> ids{BTRFS_FS_TREE_OBJECTID};
  for (const auto& info : subvolumes_below(fd, BTRFS_FS_TREE_OBJECTID)) ids.push_back(info.id);
  return ids;
}

Descriptor create_subvolume(int parent, const std::string& name) {
  check(btrfs_util_create_subvolume_fd(parent, name.c_str(), 0, nullptr, nullptr),
        fmt::format("The subvolume {} could not be made", name));
  return open_made(parent, name);
}

Descriptor create_snapshot(int source, int parent, const std::string& name) {
  check(btrfs_util_create_snapshot_fd2(source, parent, name.c_str(), 0, nullptr, nullptr),
        fmt::format("The snapshot {} could not be made", name));
  return open_made(parent, name);
}

void set_read_only(int fd, bool read_only) {
  check(btrfs_util_set_subvolume_read_only_fd(fd, read_only),
        "A subvolume could not be made read-only, or writable again");
}

void delete_subvolume(int fd, std::uint64_t id) {
  const auto result = btrfs_util_delete_subvolume_by_id_fd(fd, id);
  if (result != BTRFS_UTIL_OK && errno == ENOENT) return;
  check(result, fmt::format("The subvolume with id {} could not be deleted", id));
}

}  // namespace town

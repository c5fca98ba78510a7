#include "controllers/drivers/btrfs_qgroups.h"

#include <endian.h>
#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <functional>
#include <limits>
#include <optional>
#include <vector>

#include "controllers/drivers/system_error.h"

namespace town {
namespace {

constexpr std::size_t kBuffer = 256 << 10;  // about 1,700 subvolumes a call
constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

/// A stretch of a tree: one object's items of two types and all between.
struct Range {
  std::uint64_t tree;
  std::uint64_t object;
  std::uint32_t first_type;
  std::uint32_t last_type;
};

using Visit = std::function<void(const btrfs_ioctl_search_header& header, const std::byte* item)>;

/// Calls `visit` for each item; false where there is no such tree.
bool search(int fd, const Range& range, const Visit& visit) {
  std::vector<std::byte> buffer(sizeof(btrfs_ioctl_search_args_v2) + kBuffer);
  auto* arguments = reinterpret_cast<btrfs_ioctl_search_args_v2*>(buffer.data());
  auto& key = arguments->key;
  key.tree_id = range.tree;
  key.min_objectid = key.max_objectid = range.object;
  key.min_type = range.first_type;
  key.max_type = range.last_type;
  key.max_offset = kNoLimit;
  key.max_transid = kNoLimit;
  for (;;) {
    key.nr_items = std::numeric_limits<std::uint32_t>::max();
    arguments->buf_size = kBuffer;
    if (ioctl(fd, BTRFS_IOC_TREE_SEARCH_V2, arguments) != 0) {
      if (errno == ENOENT) return false;
      throw system_error("The quotas could not be read", errno);
    }
    if (key.nr_items == 0) return true;
    const std::byte* position = buffer.data() + sizeof(btrfs_ioctl_search_args_v2);
    btrfs_ioctl_search_header header{};
    for (std::uint32_t i = 0; i < key.nr_items; ++i) {
      std::memcpy(&header, position, sizeof header);
      position += sizeof header;
      visit(header, position);
      position += header.len;
    }
    if (header.offset == kNoLimit) return true;
    key.min_type = header.type;
    key.min_offset = header.offset + 1;
  }
}

template <typename Item>
Item read_item(const btrfs_ioctl_search_header& header, const std::byte* position) {
  Item item{};
  std::memcpy(&item, position, std::min<std::size_t>(sizeof item, header.len));
  return item;
}

/// The flags of the quota tree; nothing while quotas are off.
std::optional<std::uint64_t> quota_flags(int fd) {
  std::optional<std::uint64_t> flags;
  search(fd, {BTRFS_QUOTA_TREE_OBJECTID, 0, BTRFS_QGROUP_STATUS_KEY, BTRFS_QGROUP_STATUS_KEY},
         [&](const auto& header, const std::byte* position) {
           flags = le64toh(read_item<btrfs_qgroup_status_item>(header, position).flags);
         });
  return flags;
}

bool is_subvolume(std::uint64_t qgroup) {
  return btrfs_qgroup_level(qgroup) == 0 && qgroup >= BTRFS_FIRST_FREE_OBJECTID;
}

}  // namespace

void enable_quotas(int fd) {
  const auto flags = quota_flags(fd);
  if (!flags) {
    btrfs_ioctl_quota_ctl_args arguments{};
    arguments.cmd = BTRFS_QUOTA_CTL_ENABLE;
    if (ioctl(fd, BTRFS_IOC_QUOTA_CTL, &arguments) != 0) {
      throw system_error("Quotas could not be switched on", errno);
    }
    return;  // the kernel counts what is there by itself
  }
  constexpr std::uint64_t kCounting = BTRFS_QGROUP_STATUS_FLAG_RESCAN;
  constexpr std::uint64_t kWrong = BTRFS_QGROUP_STATUS_FLAG_INCONSISTENT;
  if ((*flags & kWrong) == 0 || (*flags & kCounting) != 0) return;
  // Numbers went wrong once (a crash, another kernel): have them counted anew.
  btrfs_ioctl_quota_rescan_args arguments{};
  if (ioctl(fd, BTRFS_IOC_QUOTA_RESCAN, &arguments) != 0 && errno != EINPROGRESS) {
    throw system_error("Quotas could not be counted anew", errno);
  }
}

void set_limit(int fd, std::uint64_t id, std::uint64_t bytes) {
  btrfs_ioctl_qgroup_limit_args arguments{};
  arguments.qgroupid = id;
  arguments.lim.flags = BTRFS_QGROUP_LIMIT_MAX_RFER;
  arguments.lim.max_rfer = bytes == 0 ? kNoLimit : bytes;
  if (ioctl(fd, BTRFS_IOC_QGROUP_LIMIT, &arguments) == 0) return;
  const int error = errno;
  if (error == ENOTCONN) {
    // Somebody switched quotas off while we run.
    enable_quotas(fd);
    if (ioctl(fd, BTRFS_IOC_QGROUP_LIMIT, &arguments) == 0) return;
  }
  throw system_error("The quota could not be set", error);
}

std::map<std::uint64_t, Qgroup> read_qgroups(int fd) {
  std::map<std::uint64_t, Qgroup> result;
  search(fd, {BTRFS_QUOTA_TREE_OBJECTID, 0, BTRFS_QGROUP_INFO_KEY, BTRFS_QGROUP_LIMIT_KEY},
         [&](const auto& header, const std::byte* position) {
           if (!is_subvolume(header.offset)) return;
           Qgroup& qgroup = result[header.offset];
           if (header.type == BTRFS_QGROUP_INFO_KEY) {
             qgroup.used = le64toh(read_item<btrfs_qgroup_info_item>(header, position).rfer);
           }
           if (header.type != BTRFS_QGROUP_LIMIT_KEY) return;
           const auto item = read_item<btrfs_qgroup_limit_item>(header, position);
           if ((le64toh(item.flags) & BTRFS_QGROUP_LIMIT_MAX_RFER) == 0) return;
           qgroup.limit = le64toh(item.max_rfer) == kNoLimit ? 0 : le64toh(item.max_rfer);
         });
  return result;
}

bool destroy_qgroup(int fd, std::uint64_t id) {
  btrfs_ioctl_qgroup_create_args arguments{};
  arguments.qgroupid = id;
  if (ioctl(fd, BTRFS_IOC_QGROUP_CREATE, &arguments) == 0) return true;
  if (errno == EBUSY) return false;
  // Gone already (newer kernels do it themselves), or quotas are off.
  if (errno == ENOENT || errno == ENOTCONN) return true;
  throw system_error("A stale quota could not be removed", errno);
}

void destroy_stale_qgroups(int fd, const std::function<std::set<std::uint64_t>()>& living) {
  const auto qgroups = read_qgroups(fd);
  const auto alive = living();
  for (const auto& [id, qgroup] : qgroups) {
    if (!alive.contains(id)) destroy_qgroup(fd, id);
  }
}

}  // namespace town

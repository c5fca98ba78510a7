#include "controllers/drivers/btrfs_metadata.h"

#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <vector>

#include "controllers/drivers/system_error.h"

namespace town {
namespace {

/// The space with this flag is the part of metadata that the kernel keeps back for itself.
constexpr std::uint64_t kGlobalReserve = BTRFS_SPACE_INFO_GLOBAL_RSV;

/// Writes were refused with 4 MB left besides the kernel's reserve (6.1, 256 MB and larger).
constexpr std::uint64_t kTight = 6U << 20U;

/// As long as so much of a device belongs to nothing yet, btrfs makes more room for metadata.
constexpr std::uint64_t kChunk = 64U << 20U;

/// Kinds of space: data, metadata, system and the reserve, twice while profiles are converted.
constexpr std::size_t kMostSpaces = 16;

/// In one call: what they are, and how much of each is used.
std::vector<btrfs_ioctl_space_info> spaces(int fd) {
  constexpr auto kHead = sizeof(btrfs_ioctl_space_args);
  constexpr auto kEach = sizeof(btrfs_ioctl_space_info);
  alignas(btrfs_ioctl_space_args) std::array<char, kHead + kMostSpaces * kEach> buffer{};
  btrfs_ioctl_space_args head{};
  head.space_slots = kMostSpaces;
  std::memcpy(buffer.data(), &head, kHead);
  if (ioctl(fd, BTRFS_IOC_SPACE_INFO, buffer.data()) != 0) {
    throw system_error("The disk could not be looked at", errno);
  }
  std::memcpy(&head, buffer.data(), kHead);
  std::vector<btrfs_ioctl_space_info> all(std::min<std::size_t>(head.total_spaces, kMostSpaces));
  std::memcpy(all.data(), buffer.data() + kHead, all.size() * kEach);
  return all;
}

/// Bytes of all devices that belong to no part of the file system yet.
std::uint64_t unclaimed(int fd) {
  btrfs_ioctl_fs_info_args info{};
  if (ioctl(fd, BTRFS_IOC_FS_INFO, &info) != 0) {
    throw system_error("The disk could not be looked at", errno);
  }
  std::uint64_t bytes = 0;
  for (std::uint64_t id = 1; id <= info.max_id; ++id) {
    btrfs_ioctl_dev_info_args device{};
    device.devid = id;
    if (ioctl(fd, BTRFS_IOC_DEV_INFO, &device) != 0) continue;  // numbers have gaps
    bytes += device.total_bytes - std::min(device.bytes_used, device.total_bytes);
  }
  return bytes;
}

}  // namespace

bool metadata_tight(int fd) {
  std::uint64_t left = 0;
  std::uint64_t kept = 0;
  for (const auto& space : spaces(fd)) {
    if ((space.flags & kGlobalReserve) != 0) {
      kept += space.total_bytes;
    } else if ((space.flags & BTRFS_BLOCK_GROUP_DATA) != 0) {
      // Mixed with data: then what is available is available to both.
      if ((space.flags & BTRFS_BLOCK_GROUP_METADATA) != 0) return false;
    } else if ((space.flags & BTRFS_BLOCK_GROUP_METADATA) != 0) {
      left += space.total_bytes - std::min(space.used_bytes, space.total_bytes);
    }
  }
  return left < kept + kTight && unclaimed(fd) < kChunk;
}

}  // namespace town

// Quotas of btrfs, by ioctl. For btrfs.cpp only; any thread. Each function takes a descriptor of
// anything on the file system and throws Error where the kernel refuses.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>

namespace town {

struct Qgroup {
  std::uint64_t limit = 0;  ///< bytes that may be referenced, 0 is none
  std::uint64_t used = 0;   ///< referenced bytes, as of the last commit
};

/// Switches quotas on where they are off. Simple quotas (kernel 6.7), where the file system has
/// them, stay: our limits and numbers mean the same there.
void enable_quotas(int fd);

/// The limit of the subvolume with this id; 0 takes it off. `fd` should not be of that subvolume:
/// the kernel books what the call itself writes on the one it comes through, and refuses a full
/// one.
void set_limit(int fd, std::uint64_t id, std::uint64_t bytes);

/// Of all subvolumes of the file system, by subvolume id; empty while quotas are off.
std::map<std::uint64_t, Qgroup> read_qgroups(int fd);

/// Destroys the qgroup of a subvolume that was deleted; false while its space is still being freed.
bool destroy_qgroup(int fd, std::uint64_t id);

/// Destroys the qgroups of all subvolumes that are no more. Those whose space is still being freed
/// are left for the next time. `living` returns the ids of all subvolumes of the file system and is
/// asked after the qgroups were read: one that is made meanwhile is not taken for a stale one.
void destroy_stale_qgroups(int fd, const std::function<std::set<std::uint64_t>()>& living);

}  // namespace town

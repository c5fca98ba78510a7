// Subvolumes by descriptor, over libbtrfsutil. For btrfs.cpp only; any thread. Each function throws
// Error where the file system refuses.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "controllers/drivers/descriptor.h"

namespace town {

struct SubvolumeInfo {
  std::uint64_t id = 0;
  std::uint64_t parent = 0;  ///< id of the subvolume that it lies in
  std::string path;          ///< from the top directory of the subvolume that was asked
  std::string uuid;          ///< 32 hex digits
  bool read_only = false;
};

/// True where the descriptor is the top directory of a subvolume.
bool is_subvolume(int fd);

/// The id of the subvolume that the descriptor lies in.
std::uint64_t subvolume_holding(int fd);

/// Of the subvolume whose top directory the descriptor is; `path` is left empty.
SubvolumeInfo subvolume_info(int fd);

/// The path of a directory within its subvolume: "" or "a/b".
std::string path_in_subvolume(int fd);

/// All subvolumes below the one with this id, parents first. `fd` is anything on the file system.
/// A concurrent removal is no failure: what vanishes is left out.
std::vector<SubvolumeInfo> subvolumes_below(int fd, std::uint64_t id);

/// The same of the whole file system, ids only.
std::vector<std::uint64_t> all_subvolume_ids(int fd);

/// Makes `name` in the directory `parent` and opens it.
Descriptor create_subvolume(int parent, const std::string& name);
/// Makes the writable snapshot `name` of `source` in the directory `parent` and opens it.
Descriptor create_snapshot(int source, int parent, const std::string& name);

void set_read_only(int fd, bool read_only);

/// Deletes by id, wherever it lies; gone already is fine. `fd` is anything on the file system.
void delete_subvolume(int fd, std::uint64_t id);

}  // namespace town

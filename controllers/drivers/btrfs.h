// Subvolumes and quotas below the data root. One object for the daemon, given to the volumes
// controller and to the API's ports; any thread may call it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/ports.h"

namespace town {

struct Subvolume {
  std::string path;  ///< below the data root, without a leading slash
  std::string uuid;
  /// The id that our mark carries; empty where there is none or it is another's (a snapshot made by
  /// hand inherits the extended attribute, but the mark names the uuid it was given to).
  std::string id;
  std::uint64_t quota = 0;  ///< bytes of its qgroup's limit, 0 is none
  std::uint64_t used = 0;   ///< referenced bytes, as of the last commit of the file system
  std::uint32_t uid = 0;    ///< owner of its top directory
  std::uint32_t gid = 0;
  bool read_only = false;
};

class Btrfs {
 public:
  virtual ~Btrfs() = default;

  /// Checks that the root is a btrfs mount, switches quotas on (qgroups; simple quotas are used
  /// only where the file system already has them) and makes the root directories.
  /// Error{unavailable, NotBtrfs} names the two ways on.
  virtual void prepare() = 0;

  /// Every subvolume below the root, by path.
  virtual std::vector<Subvolume> list() = 0;

  /// Makes a marked, owned and limited subvolume, and its parent directories. It appears at `path`
  /// only when all of that is done. Nothing happens where it already is there with this id;
  /// Error{conflict, PathTaken} where something else is.
  virtual void create(const std::string& path, const std::string& id, std::uint64_t quota,
                      std::optional<std::uint32_t> uid, std::optional<std::uint32_t> gid) = 0;

  /// Makes an empty subvolume as create() does, but out of sight: list() does not tell of it.
  /// Returns where, below the root, so that it can be filled. What an earlier try with this id has
  /// left there is destroyed, and prepare() destroys all of them.
  virtual std::string stage(const std::string& id, std::uint64_t quota,
                            std::optional<std::uint32_t> uid, std::optional<std::uint32_t> gid) = 0;
  /// Puts what stage() made, with all that is in it, at `path`, in one step and safe from a power
  /// failure. Errors as of create(); Error{not_found, NoSubvolume} where nothing is staged.
  virtual void place(const std::string& id, const std::string& path) = 0;
  /// Destroys what stage() made. Nothing there is fine.
  virtual void discard(const std::string& id) = 0;

  virtual void set_quota(const std::string& path, std::uint64_t quota) = 0;
  virtual void set_owner(const std::string& path, std::uint32_t uid, std::uint32_t gid) = 0;

  /// Renames, making parents of `to` and removing empty ones of `from` (never a root directory).
  /// Error{conflict, PathTaken} where `to` exists: nothing is ever overwritten.
  virtual void move(const std::string& from, const std::string& to) = 0;

  /// Destroys a subvolume, those below it, and their qgroups. Gone already is fine.
  virtual void destroy(const std::string& path) = 0;

  /// A marked snapshot of `from` at `to`, with a limit of its own.
  virtual void snapshot(const std::string& from, const std::string& to, const std::string& id,
                        std::uint64_t quota, bool read_only) = 0;

  /// Which of these relative paths are not there, in that order. A link counts as there, whatever
  /// it points at. All of them where the subvolume itself is gone.
  virtual std::vector<std::string> missing_files(const std::string& path,
                                                 const std::vector<std::string>& files) = 0;
  /// Writes a file (0600) and the directories above it (0750) into a subvolume, all owned as told.
  /// It appears complete or not at all; what is there already stays. No link is followed. Throws
  /// Error{unavailable} (DiskFull, QuotaExceeded) and Error{conflict, PathTaken} where a link or a
  /// file stands in place of a directory.
  virtual void write_file(const std::string& path, const std::string& file, const std::string& text,
                          std::optional<std::uint32_t> uid, std::optional<std::uint32_t> gid) = 0;

  virtual DiskFigures usage() = 0;

  /// Absolute path of something below the root, for mounts.
  [[nodiscard]] virtual std::filesystem::path absolute(const std::string& path) const = 0;
};

/// On the real file system, through libbtrfsutil and ioctls. Every path is opened beneath `root`
/// without following links.
std::unique_ptr<Btrfs> make_btrfs(const std::filesystem::path& root);

}  // namespace town

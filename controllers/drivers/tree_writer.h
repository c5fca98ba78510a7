// Writes a tree of files below a directory that nobody else uses yet. What it is told to write is
// hostile: nothing outside is reached, no link is followed, nothing but files, directories and
// links is made. Belongs to one thread.
#pragma once

#include <sys/types.h>
#include <time.h>

#include <cstdint>
#include <optional>
#include <string>

#include "controllers/drivers/descriptor.h"
#include "controllers/drivers/volume_files.h"

namespace town {

/// How an entry is to be. Of the mode the lowest nine bits count and the sticky one: who brings a
/// tree along must not be able to leave a program that runs as root.
struct EntryLook {
  mode_t mode = 0644;
  std::uint32_t uid = 0;  ///< counts where the tree has no owner of its own
  std::uint32_t gid = 0;
  std::optional<timespec> modified{};
};

class TreeWriter {
 public:
  /// `name` says in messages what is being unpacked ("the archive photos.tar"). With an owner all
  /// that is made belongs to it. A link that leads out of the tree is refused unless `outward`.
  TreeWriter(int top, std::string name, FileOwner owner, bool outward)
      : top_(top), name_(std::move(name)), owner_(owner), outward_(outward) {}

  /// The path of an entry, made canonical: "" is the top. Throws Error{remote, ArchiveUnsafe} for
  /// an absolute one, one with "..", and one that no file system takes.
  [[nodiscard]] std::string path_of(const std::string& written) const;

  // Parents that are missing are made (0755). Paths are canonical. Each throws Error{remote,
  // ArchiveUnsafe} where a link stands in the way, and what system_error() makes of the rest.

  void directory(const std::string& path, const EntryLook& look);
  void link(const std::string& path, const std::string& target, const EntryLook& look);
  /// Another name for a file that was written before.
  void hard_link(const std::string& path, const std::string& existing);
  /// An empty file, open for writing; what was written there before goes.
  Descriptor file(const std::string& path, const EntryLook& look);
  /// Says of a file whose contents are written when it was changed.
  void finish(int fd, const EntryLook& look) const;
  /// How the top directory is to look.
  void top(const EntryLook& look) const;

 private:
  struct Place {
    Descriptor directory;
    std::string leaf;
  };
  [[nodiscard]] Place place(const std::string& path) const;
  void own(int fd, const std::string& leaf, const EntryLook& look) const;
  [[noreturn]] void refuse(const std::string& path, const std::string& why) const;

  int top_;
  std::string name_;
  FileOwner owner_;
  bool outward_;
};

}  // namespace town

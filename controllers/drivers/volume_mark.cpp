#include "controllers/drivers/volume_mark.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/xattr.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "controllers/drivers/beneath.h"
#include "controllers/drivers/btrfs_subvolumes.h"
#include "controllers/drivers/system_error.h"

namespace town {
namespace {

// "trusted" attributes are root's alone: no container can forge or remove a mark.
constexpr const char* kMark = "trusted.town.volume";

}  // namespace

std::string volume_mark(int fd, const std::string& uuid) {
  std::array<char, 256> buffer{};
  const ssize_t size = fgetxattr(fd, kMark, buffer.data(), buffer.size());
  if (size <= 0) return {};
  const std::string_view mark(buffer.data(), static_cast<std::size_t>(size));
  const auto space = mark.find(' ');
  if (space == std::string_view::npos || mark.substr(space + 1) != uuid) return {};
  return std::string(mark.substr(0, space));
}

void mark_volume(int fd, const std::string& id) {
  const std::string mark = fmt::format("{} {}", id, subvolume_info(fd).uuid);
  if (fsetxattr(fd, kMark, mark.data(), mark.size(), 0) != 0) {
    throw system_error("A subvolume could not be marked", errno);
  }
}

std::string volume_missing(const std::string& root, const std::string& path,
                           const std::string& id) {
  const Descriptor base(open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!base) throw system_error(fmt::format("'{}' could not be opened", root), errno);
  const Descriptor top = open_beneath(base.get(), path, O_RDONLY | O_DIRECTORY);
  if (!top && errno == ENOENT) return fmt::format("the volume '{}' is not in its place", path);
  if (!top && (errno == ENOTDIR || errno == ELOOP || errno == EXDEV)) {
    return fmt::format("in the place of the volume '{}' is something else", path);
  }
  if (!top) throw system_error(fmt::format("'{}' could not be opened", path), errno);
  if (!is_subvolume(top.get())) {
    return fmt::format("in the place of the volume '{}' is a plain directory", path);
  }
  if (volume_mark(top.get(), subvolume_info(top.get()).uuid) != id) {
    return fmt::format("in the place of the volume '{}' is another subvolume", path);
  }
  return {};
}

}  // namespace town

#include "controllers/drivers/btrfs_path.h"

#include <fmt/format.h>

#include <algorithm>

namespace town {
namespace {

constexpr std::size_t kPathLimit = 1024;
constexpr std::size_t kNameLimit = 255;  // NAME_MAX of Linux

}  // namespace

void check_volume_path(const std::string& path) {
  bool good = !path.empty() && path.size() <= kPathLimit && path.find('\0') == std::string::npos;
  for (std::size_t begin = 0; good && begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string name = path.substr(begin, end - begin);
    good = !name.empty() && name != "." && name != ".." && name.size() <= kNameLimit;
    begin = end + 1;
  }
  if (!good) {
    throw Error(Code::invalid, "BadPath",
                fmt::format("'{}' is no path of a volume below the data root.", path));
  }
}

Error path_taken(const std::string& path) {
  return {Code::conflict, "PathTaken",
          fmt::format("Something else is already at '{}' below the data root. Move or remove it.",
                      path)};
}

Error no_subvolume(const std::string& path) {
  return {Code::not_found, "NoSubvolume",
          fmt::format("There is no subvolume at '{}' below the data root.", path)};
}

Error moved_into_itself(const std::string& path) {
  return {Code::invalid, "BadPath", fmt::format("'{}' cannot be moved into itself.", path)};
}

}  // namespace town

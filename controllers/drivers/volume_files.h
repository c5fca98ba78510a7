// Files inside a volume: looked for, and written whole. The volume's contents belong to an app and
// are hostile: nothing outside is reached, no link is followed. For the btrfs driver; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace town {

/// Applied only where both are set (package format 3.5).
struct FileOwner {
  std::optional<std::uint32_t> uid;
  std::optional<std::uint32_t> gid;
};

/// See Btrfs::missing_files; `top` is the volume's directory.
std::vector<std::string> missing_below(int top, const std::vector<std::string>& files);

/// See Btrfs::write_file.
void write_below(int top, const std::string& file, const std::string& text, const FileOwner& owner);

}  // namespace town

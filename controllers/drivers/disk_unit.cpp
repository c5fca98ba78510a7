#include <fmt/format.h>

#include "controllers/drivers/disk_setup.h"

namespace town {
namespace {

bool stands_for_itself(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9') || letter == ':' || letter == '_' || letter == '.';
}

}  // namespace

std::string mount_unit_name(const std::filesystem::path& directory) {
  const auto path = directory.relative_path().string();
  std::string name;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '/') {
      name += '-';
    } else if (stands_for_itself(path[i]) && !(i == 0 && path[i] == '.')) {
      name += path[i];
    } else {
      name += fmt::format("\\x{:02x}", static_cast<unsigned char>(path[i]));
    }
  }
  return name + ".mount";
}

std::string mount_unit_text(const std::string& source, const std::filesystem::path& directory,
                            const std::string& options) {
  // Wanted and not required: a machine whose data disk is missing still boots, and can be repaired.
  return fmt::format(
      "# Made by townctl host init.\n"
      "[Unit]\n"
      "Description=Data of Town OS\n\n"
      "[Mount]\n"
      "What={}\n"
      "Where={}\n"
      "Type=btrfs\n"
      "{}\n"
      "[Install]\n"
      "WantedBy=local-fs.target\n",
      source, directory.string(),
      options.empty() ? std::string() : fmt::format("Options={}\n", options));
}

}  // namespace town

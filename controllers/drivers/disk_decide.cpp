#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

#include "controllers/drivers/disk.h"

namespace town {
namespace {

Decision refuse(std::string message) { return {false, false, std::move(message)}; }

std::string holds(const DiskFacts& disk) {
  return fmt::format("It holds {}.", fmt::join(disk.contents, ", "));
}

/// What to do about a disk that holds something, when nothing was claimed.
Decision ask_for_claim(const DiskFacts& disk) {
  if (disk.serial.empty()) {
    return refuse(fmt::format(
        "{} is not empty and was not touched. {} It has no serial to claim it by: empty "
        "it by hand first, if all of that may be destroyed.",
        disk.path, holds(disk)));
  }
  return refuse(fmt::format(
      "{} is not empty and was not touched. {} Its serial is '{}', its size {}. If all of that may "
      "be destroyed, repeat the command with --claim '{}'.",
      disk.path, holds(disk), disk.serial, size_in_words(disk.size), disk.serial));
}

Decision wrong_claim(const DiskFacts& disk, const std::string& claim) {
  const auto serial =
      disk.serial.empty() ? std::string("it has none") : fmt::format("that is '{}'", disk.serial);
  const auto found = disk.contents.empty() ? std::string("It is empty.") : holds(disk);
  return refuse(fmt::format("'{}' is not the serial of {}: {}. The disk was not touched. {}", claim,
                            disk.path, serial, found));
}

}  // namespace

Decision decide(const DiskFacts& disk, const std::string& claim) {
  if (!disk.uses.empty()) {
    return refuse(fmt::format("{} is in use and was not touched: {}. No claim changes that.",
                              disk.path, fmt::join(disk.uses, ", ")));
  }
  if (disk.read_only || disk.kind == "rom") {
    return refuse(fmt::format("{} cannot be written to.", disk.path));
  }
  if (disk.size < kLeastDisk) {
    return refuse(fmt::format("{} has {}, which is less than the {} that are needed.", disk.path,
                              size_in_words(disk.size), size_in_words(kLeastDisk)));
  }
  if (!claim.empty() && claim != disk.serial) return wrong_claim(disk, claim);
  if (disk.contents.empty()) return {true, false, fmt::format("{} is empty.", disk.path)};
  if (claim.empty()) return ask_for_claim(disk);
  return {true, true, fmt::format("{} was claimed by its serial. {}", disk.path, holds(disk))};
}

std::string size_in_words(std::uint64_t bytes) {
  constexpr std::array units{"bytes", "KB", "MB", "GB", "TB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < units.size(); ++unit) value /= 1024;
  return unit == 0 ? fmt::format("{} {}", bytes, units[0])
                   : fmt::format("{:.1f} {}", value, units.at(unit));
}

}  // namespace town

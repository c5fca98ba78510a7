#include "controllers/drivers/unit_name.h"

#include <fmt/format.h>

#include <algorithm>

namespace town {
namespace {

constexpr std::string_view kPrefix = "town-os-";
constexpr std::string_view kSuffix = ".service";
constexpr std::size_t kNameLimit = 255;

bool allowed(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view(":-_.\\@").find(c) != std::string_view::npos;
}

}  // namespace

bool is_our_unit(std::string_view unit) {
  return unit.size() > kPrefix.size() + kSuffix.size() && unit.size() <= kNameLimit &&
         unit.starts_with(kPrefix) && unit.ends_with(kSuffix) &&
         std::all_of(unit.begin(), unit.end(), allowed);
}

void check_unit_name(const std::string& unit) {
  if (is_our_unit(unit)) return;
  throw Error(Code::invalid, "BadUnitName",
              fmt::format("'{}' is no name of a unit of ours (town-os-….service).", unit));
}

Error unit_not_found(const std::string& unit) {
  return {Code::not_found, "UnitNotFound", fmt::format("systemd knows no unit file {}.", unit)};
}

Error job_timed_out(const std::string& unit, const std::string& verb,
                    std::chrono::milliseconds deadline, bool stopped) {
  if (stopped) {
    return {Code::unavailable, "Stopped",
            fmt::format("The wait for {} to {} was interrupted.", unit, verb)};
  }
  return {Code::unavailable, "TimedOut",
          fmt::format("{} did not {} within {} s.", unit, verb,
                      static_cast<double>(deadline.count()) / 1000.0)};
}

}  // namespace town

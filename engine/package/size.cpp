#include "engine/package/size.h"

#include <array>
#include <charconv>
#include <limits>
#include <string>
#include <utility>

#include "engine/package/text.h"

namespace town::package {
namespace {

using Unit = std::pair<std::string_view, std::uint64_t>;

constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
constexpr std::array<Unit, 3> kSizes{{{"tb", 1ULL << 40U}, {"gb", 1ULL << 30U}, {"mb", 1U << 20U}}};
constexpr std::array<Unit, 4> kDurations{{{"d", 86400}, {"h", 3600}, {"m", 60}, {"s", 1}}};

template <std::size_t count>
std::optional<std::uint64_t> parse_with_unit(std::string_view text,
                                             const std::array<Unit, count>& units) {
  const std::string lower = to_lower(trim(text));
  std::string_view digits = lower;
  if (digits.empty()) return 0;
  std::uint64_t factor = 1;
  for (const auto& [suffix, value] : units) {
    if (!digits.ends_with(suffix)) continue;
    digits = trim(digits.substr(0, digits.size() - suffix.size()));
    factor = value;
    break;
  }
  const auto number = parse_number(digits, kMost / factor);
  return number ? std::optional(*number * factor) : std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t most) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number > most) return {};
  return number;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  const auto number = parse_number(text, 65535);
  if (!number || *number == 0) return {};
  return static_cast<std::uint16_t>(*number);
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  return parse_with_unit(text, kSizes);
}

std::optional<std::uint64_t> parse_duration(std::string_view text) {
  return parse_with_unit(text, kDurations);
}

}  // namespace town::package

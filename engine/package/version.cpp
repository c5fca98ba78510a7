#include "engine/package/version.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

namespace town::package {
namespace {

/// A signed decimal number of 64 bits, with an optional sign, and nothing else.
std::optional<std::int64_t> as_number(std::string_view segment) {
  if (segment.starts_with('+')) {
    segment.remove_prefix(1);
    if (segment.starts_with('-')) return {};
  }
  std::int64_t number = 0;
  const auto* end = segment.data() + segment.size();
  const auto [stop, error] = std::from_chars(segment.data(), end, number);
  if (error != std::errc{} || stop != end) return {};
  return number;
}

int compare_segments(std::string_view a, std::string_view b) {
  const auto x = as_number(a);
  const auto y = as_number(b);
  if (x && y) return *x < *y ? -1 : static_cast<int>(*x > *y);
  const int order = a.compare(b);
  return order < 0 ? -1 : static_cast<int>(order > 0);
}

/// Cuts the first segment off `rest`; empty once there are no more.
std::string_view next_segment(std::string_view& rest) {
  const auto dot = rest.find('.');
  const auto segment = rest.substr(0, dot);
  rest = dot == std::string_view::npos ? std::string_view{} : rest.substr(dot + 1);
  return segment;
}

}  // namespace

int compare_versions(std::string_view a, std::string_view b) {
  const auto dots = std::max(std::ranges::count(a, '.'), std::ranges::count(b, '.'));
  for (auto i = dots; i >= 0; --i)
    if (const int order = compare_segments(next_segment(a), next_segment(b)); order != 0)
      return order;
  return 0;
}

std::string latest(std::vector<std::string> versions) {
  std::ranges::sort(versions);
  std::string best;
  for (auto& version : versions)
    if (best.empty() || compare_versions(version, best) >= 0) best = std::move(version);
  return best;
}

}  // namespace town::package

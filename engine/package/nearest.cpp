#include "engine/package/nearest.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "engine/package/text.h"

namespace town::package {
namespace {

/// Levenshtein distance: how many letters to add, drop or change.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0U);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
    }
  }
  return row.back();
}

}  // namespace

std::string_view nearest(std::string_view text, const std::vector<std::string_view>& known) {
  // Beyond this no key of the format is near, and the distance would cost its square.
  constexpr std::size_t kLongest = 32;
  std::string_view best;
  std::size_t least = std::min<std::size_t>(2, text.size() / 2) + 1;
  if (text.size() > kLongest) return best;
  for (const auto& word : known) {
    const auto apart = distance(to_lower(text), to_lower(word));
    if (apart >= least) continue;
    least = apart;
    best = word;
  }
  return best;
}

}  // namespace town::package

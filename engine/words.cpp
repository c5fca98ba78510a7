#include "engine/words.h"

#include <fmt/format.h>

#include <array>

namespace town {

std::string size_words(std::uint64_t bytes) {
  if (bytes == 0) return "unlimited";
  constexpr std::array kUnits = {"bytes", "KB", "MB", "GB", "TB"};
  auto amount = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (amount >= 1024 && unit + 1 < kUnits.size()) {
    amount /= 1024;
    ++unit;
  }
  auto text = fmt::format("{:.1f}", amount);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text + " " + kUnits.at(unit);
}

std::string source_words(const std::vector<SeedSpec>& seeds) {
  std::string words;
  for (const auto& seed : seeds) {
    if (!words.empty()) words += " or ";
    if (seed.from == "archive") {
      words += "the archive " + seed.source;
    } else if (seed.from == "image") {
      words += seed.directory + " of the image " + seed.source;
    } else {
      words += seed.source;
    }
  }
  return words;
}

}  // namespace town

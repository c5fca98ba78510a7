#include "state/key.h"

#include <array>

namespace town {
namespace {

constexpr std::array<std::string_view, kKindCount> kNames = {
    "repository", "package", "volume",  "image", "unit", "network",
    "port",       "setting", "answers", "disk",  "page", "vm-image"};

}  // namespace

std::string_view to_string(Kind kind) { return kNames.at(static_cast<std::size_t>(kind)); }

std::optional<Kind> parse_kind(std::string_view text) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames.at(i) == text) return static_cast<Kind>(i);
  }
  return std::nullopt;
}

std::string to_string(const Key& key) {
  std::string text(to_string(key.kind));
  text += '/';
  return text + key.name;
}

std::optional<Key> parse_key(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos || slash + 1 == text.size()) return std::nullopt;
  const auto kind = parse_kind(text.substr(0, slash));
  if (!kind) return std::nullopt;
  return Key{*kind, std::string(text.substr(slash + 1))};
}

}  // namespace town

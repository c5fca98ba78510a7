// The name of a thing in the graph. Values; any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace town {

/// The sort of a thing. Repository, package, volume, setting, answers and disk can be declared by
/// an intent; the compiler derives the rest (architecture section 2).
enum class Kind : std::uint8_t {
  repository,
  package,
  volume,
  image,
  unit,
  network,
  port,
  setting,
  answers,
  disk,
  page,
  vm_image,
};

inline constexpr int kKindCount = 12;

/// "volume", "unit", … as in keys, URLs and JSON.
std::string_view to_string(Kind kind);
std::optional<Kind> parse_kind(std::string_view text);

/// Kind and name; the name is unique within its kind and is never parsed back.
struct Key {
  Kind kind{};
  std::string name;

  auto operator<=>(const Key&) const = default;
};

/// "volume/default/nginx/2.0/html".
std::string to_string(const Key& key);

/// The reverse; nothing for an unknown kind or an empty name.
std::optional<Key> parse_key(std::string_view text);

}  // namespace town

template <>
struct std::hash<town::Key> {
  std::size_t operator()(const town::Key& key) const noexcept {
    return std::hash<std::string>{}(key.name) * 31U + static_cast<std::size_t>(key.kind);
  }
};

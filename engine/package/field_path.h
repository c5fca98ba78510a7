// Where in a package file a text stands. A value that borrows its names; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

#include "engine/yaml.h"

namespace town::package {

/// One step down: a key of a mapping, or an index of a list.
struct Step {
  std::string_view key;
  std::size_t index = 0;
  bool is_index = false;

  Step() = default;
  Step(std::string_view name) : key(name) {}           // NOLINT(google-explicit-constructor)
  Step(const std::string& name) : key(name) {}         // NOLINT(google-explicit-constructor)
  Step(const char* name) : key(name) {}                // NOLINT(google-explicit-constructor)
  Step(std::size_t at) : index(at), is_index(true) {}  // NOLINT(google-explicit-constructor)
};

/// A path such as {"volumes", "data", "quota"} or {"git_sources", 0, "url"}. It is written out
/// only where a fault is reported, so that good files cost nothing.
class FieldPath {
 public:
  FieldPath(std::initializer_list<Step> steps);

  /// "volumes.data.quota", "git_sources[0].url"; keys as they are, dots in them included.
  [[nodiscard]] std::string text() const;

  /// The line of the node that the path leads to, or of the last one that exists; 0 for the root.
  [[nodiscard]] int line_in(const yaml::Node& root) const;

 private:
  static constexpr std::size_t kDeepest = 6;
  std::array<Step, kDeepest> steps_;
  std::size_t count_ = 0;
};

/// The line of a field that is given as text, "volumes.data.quota" and the like, keys with dots and
/// brackets in them included; that of the last part that exists, 0 where nothing does.
int line_of(const yaml::Node& root, std::string_view field);

}  // namespace town::package

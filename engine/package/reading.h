// Reading a package file: takes values out of YAML nodes, and notes every fault on the way instead
// of stopping at the first. Used by one call of parse_definition; not shared between threads.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/package/definition.h"
#include "engine/yaml.h"

namespace town::package {

/// The faults and warnings of one file. Each list is cut off, so that a hostile file cannot make
/// the answer larger than itself.
class Reading {
 public:
  explicit Reading(Parsed& parsed) : parsed_(parsed) {}

  void fault(std::string field, std::string message, int line);
  void warn(std::string field, std::string message, int line);

  /// Whether a warning would still be taken.
  [[nodiscard]] bool takes_warnings() const { return parsed_.warnings.size() < kMostWarnings; }

 private:
  static constexpr std::size_t kMostFaults = 10'000;
  static constexpr std::size_t kMostWarnings = 1'000;
  Parsed& parsed_;
};

/// One mapping of the file. Each key is asked for by name; `finish` warns of those that nobody
/// asked for.
class Section {
 public:
  /// `node` may be anything; what is neither a mapping nor null is a fault, and then all is absent
  /// and nothing more is said. `line` is where to point if there is no node.
  Section(const yaml::Node* node, std::string path, Reading& reading, int line = 0);

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] int line() const { return line_; }

  /// Whether the key is there with a value other than null.
  bool has(std::string_view key);

  /// Whether there is anything in its value: an empty text, list or mapping is nothing.
  bool has_content(std::string_view key);

  /// A scalar's raw text; "" where absent or null. A list or mapping is a fault.
  std::string text(std::string_view key);

  /// As text, and absent or empty is a fault as well.
  std::string required(std::string_view key, std::string_view what);

  /// yes/no, true/false, on/off; anything else is a fault.
  bool flag(std::string_view key, bool otherwise);

  /// A whole number up to `most`; anything else is a fault.
  std::optional<std::uint32_t> number(std::string_view key, std::uint32_t most);

  /// The raw text of a scalar at `path`; "" for null. A list or mapping is a fault.
  std::string scalar(const yaml::Node& node, const std::string& path);

  /// A list of scalars; their raw texts.
  std::vector<std::string> texts(std::string_view key);

  /// A mapping of scalars, in file order.
  std::vector<std::pair<std::string, std::string>> text_map(std::string_view key);

  /// Calls `use` with name, value and path of each entry of a mapping.
  using UseEntry =
      std::function<void(const yaml::Node& name, const yaml::Node& value, const std::string& path)>;
  void each(std::string_view key, const UseEntry& use);

  /// Calls `use` with value and path of each item of a list.
  using UseItem = std::function<void(const yaml::Node& value, const std::string& path)>;
  void each_item(std::string_view key, const UseItem& use);

  /// A mapping inside, as a section of its own; an empty one where absent.
  Section section(std::string_view key);

  /// The node of a key, whatever it is; nullptr where absent.
  const yaml::Node* raw(std::string_view key);

  void fault(std::string_view key, std::string message);
  void warn(std::string_view key, std::string message);

  /// To be called last: warns of keys that nobody asked for.
  void finish();

 private:
  [[nodiscard]] std::string path_of(std::string_view key) const;

  std::string path_;
  const yaml::Node* node_ = nullptr;
  int line_ = 0;
  bool broken_ = false;  ///< the node is of the wrong type: that is said, and nothing more
  Reading& reading_;
  std::vector<std::string_view> asked_;
};

/// A list of shell commands for the running container: trimmed, and an empty one is a fault.
std::vector<std::string> parse_commands(Section& section, Reading& reading, std::string_view key);

}  // namespace town::package

// A text that must not be seen: it prints as ***, everywhere. A value; any thread.
#pragma once

#include <ostream>
#include <string>
#include <utility>

namespace town {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}

  /// The text itself. Each call is a place to look at in review: never log or list what it returns.
  [[nodiscard]] const std::string& reveal() const { return value_; }
  [[nodiscard]] bool empty() const { return value_.empty(); }
  bool operator==(const Secret&) const = default;

 private:
  std::string value_;
};

inline std::ostream& operator<<(std::ostream& out, const Secret&) { return out << "***"; }

}  // namespace town

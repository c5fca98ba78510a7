// Time as a thing one is given, so that tests can set it. Any thread.
#pragma once

#include <chrono>
#include <string>

namespace town {

using Time = std::chrono::system_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Time now() const = 0;
};

/// The machine's clock.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override { return std::chrono::system_clock::now(); }
};

/// RFC 3339 in UTC with `Z` and whole seconds ("2025-01-01T00:00:00Z"; api contract 1.7).
std::string to_rfc3339(Time time);

/// The reverse; throws Error{invalid} on other text.
Time from_rfc3339(const std::string& text);

}  // namespace town

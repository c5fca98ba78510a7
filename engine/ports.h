// What the engine and the API want to know of the machine without knowing the machine: interfaces
// that controllers implement and townd wires. Any thread.
#pragma once

#include <cstdint>
#include <string>

namespace town {

struct DiskFigures {
  std::uint64_t total = 0;  ///< bytes
  std::uint64_t used = 0;
  std::uint64_t available = 0;
};

class Host {
 public:
  virtual ~Host() = default;
  /// The program that listens on this port of the machine; empty where nobody does.
  virtual std::string port_holder(std::uint16_t port, const std::string& protocol) = 0;
  virtual std::string hostname() = 0;
  virtual std::string internal_address() = 0;  ///< empty where unknown
  virtual std::string external_address() = 0;
  virtual DiskFigures disk() = 0;
};

/// How much a volume holds now, by path; for lists and the plan in words.
class VolumeFigures {
 public:
  virtual ~VolumeFigures() = default;
  virtual std::uint64_t used(const std::string& path) = 0;
};

}  // namespace town

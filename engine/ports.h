// What the engine and the API want to know of the machine without knowing the machine: interfaces
// that controllers implement and townd wires. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

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

/// How systemd sees one unit of ours.
struct UnitFigures {
  std::string unit;  ///< "town-os-package--default-nginx-2.0.service"
  std::string description;
  std::string load_state;    ///< "loaded", "not-found", …
  std::string active_state;  ///< "active", "failed", …
  std::string sub_state;
};

/// The live state of our units, as lists show it.
class Units {
 public:
  virtual ~Units() = default;
  virtual std::vector<UnitFigures> units() = 0;
};

}  // namespace town

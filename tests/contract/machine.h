// The drivers under contract: those of the memory machine, or, where TOWN_CONTRACT_REAL names a
// directory on btrfs (inside the test host), the real ones. One per test case.
#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "controllers/drivers/btrfs.h"
#include "controllers/drivers/memory.h"
#include "controllers/drivers/podman.h"
#include "controllers/drivers/reserve.h"
#include "controllers/drivers/sockets.h"
#include "controllers/drivers/systemd.h"
#include "state/error.h"

namespace town::contract {

using namespace std::chrono_literals;

/// Whether this run is on the real drivers.
bool is_real();

inline const std::string kImage = "docker.io/library/nginx:1.26-alpine";
inline const std::string kMissingImage = "docker.io/library/no-such-image:1";
inline constexpr std::chrono::seconds kPatience{20};  // for what normally takes milliseconds

class Machine {
 public:
  /// On the real machine: removes what an earlier run has left of its units and volumes.
  Machine();
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  Btrfs& btrfs();
  Reserve& reserve();
  Systemd& systemd();
  Podman& podman();
  Seeds& seeds();
  Sockets& sockets();

  /// Where it is not the real one.
  MemoryMachine& memory() { return *memory_; }

  // What somebody else does behind the drivers' backs.
  void edit_file(const std::string& unit, const std::string& text);
  void stop_unit(const std::string& unit);
  void rename(const std::string& from, const std::string& to);

  /// The state of a unit, nothing where systemd has not loaded it.
  std::optional<UnitState> state(const std::string& unit);
  std::optional<Subvolume> subvolume(const std::string& path);

 private:
  void clean();

  std::unique_ptr<MemoryMachine> memory_;
  std::filesystem::path root_;
  std::unique_ptr<Btrfs> btrfs_;
  std::unique_ptr<Reserve> reserve_;
  std::unique_ptr<Systemd> systemd_;
  std::unique_ptr<Podman> podman_;
  std::unique_ptr<Sockets> sockets_;
  std::unique_ptr<Seeds> seeds_;
};

/// Collects what on_change tells, and waits for it. Lives longer than the machine, whose last call
/// may still be under way when the listener is taken off.
class Heard {
 public:
  std::function<void(const std::string&)> listener();
  /// False when it was not told within kPatience. Forgets what was told before.
  bool hears(const std::string& what);
  void forget();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::multiset<std::string> told_;
};

/// The reason that `use` throws an Error with, "none" where it does not throw.
template <typename F>
std::string reason_of(F&& use) {
  try {
    std::forward<F>(use)();
  } catch (const Error& error) {
    return error.reason();
  }
  return "none";
}

// Texts of unit files that mean the same on both machines.
std::string sleeping_unit(const std::string& description);
std::string failing_unit();
/// Never says that it is ready.
std::string silent_unit();
std::string container_unit(const std::string& name, const std::string& network,
                           const std::string& key, int port);

}  // namespace town::contract

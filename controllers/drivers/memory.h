// A machine in memory: the drivers of `townd --simulate` and of the unit tests, with fault hooks.
// All drivers of one machine share it, so that starting a unit really "runs" its container. Any
// thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "controllers/drivers/btrfs.h"
#include "controllers/drivers/podman.h"
#include "controllers/drivers/sockets.h"
#include "controllers/drivers/systemd.h"

namespace town {

class MemoryMachine {
 public:
  MemoryMachine();
  MemoryMachine(const MemoryMachine&) = delete;
  MemoryMachine& operator=(const MemoryMachine&) = delete;
  ~MemoryMachine();

  Btrfs& btrfs();
  Systemd& systemd();
  Podman& podman();
  Sockets& sockets();

  /// Called before each driver call that changes something, with its name and first argument
  /// ("btrfs.create installed/…"). What it throws, the call throws; it may also stop a test there.
  void on_call(std::function<void(const std::string& call)> hook);

  // What a test, or a saboteur, does behind the drivers' backs.
  void kill_container(const std::string& unit);
  void edit_file(const std::string& unit, const std::string& text);
  void drop_file(const std::string& unit);
  void stop_unit(const std::string& unit);
  void drop_network(const std::string& name);
  void set_quota(const std::string& path, std::uint64_t quota);
  void rename(const std::string& from, const std::string& to);
  /// References that a pull finds; all others are "not found". Empty means: all are found.
  void offer_images(std::set<std::string> references);
  void listen(const Listener& listener);

  struct State;

 private:
  /// Shared with the drivers it hands out.
  std::shared_ptr<State> state_;
  struct Drivers;
  std::unique_ptr<Drivers> drivers_;
};

}  // namespace town

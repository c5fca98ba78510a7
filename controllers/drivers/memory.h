// A machine in memory: the drivers of `townd --simulate` and of the unit tests, with fault hooks.
// All drivers of one machine share it, so that starting a unit really "runs" its container. Any
// thread. A driver's on_change callback is called on the thread that made the change, after the
// machine's lock is released.
//
// What a unit file means here: `Description=`, `Type=`, `Restart=`, `EnvironmentFile=`, one
// `ExecStartPre=` of town-volume-check and one `ExecStart=`, systemd's quoting included. `podman
// run` starts a container when its image is there, its network exists, its published ports are free
// and each mounted path below the root lies in a subvolume; otherwise the job fails. /bin/false
// fails; any other program of Type=notify never says that it is ready; the rest runs until it is
// stopped.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "controllers/drivers/btrfs.h"
#include "controllers/drivers/podman.h"
#include "controllers/drivers/reserve.h"
#include "controllers/drivers/seeds.h"
#include "controllers/drivers/sockets.h"
#include "controllers/drivers/systemd.h"

namespace town {

class MemoryMachine {
 public:
  /// `root` is what btrfs().absolute() begins with; nothing is made there.
  explicit MemoryMachine(std::filesystem::path root = "/simulated");
  MemoryMachine(const MemoryMachine&) = delete;
  MemoryMachine& operator=(const MemoryMachine&) = delete;
  ~MemoryMachine();

  Btrfs& btrfs();
  Reserve& reserve();
  Systemd& systemd();
  Podman& podman();
  Seeds& seeds();
  Sockets& sockets();

  /// Called before each driver call that changes something, with its name and first argument
  /// ("btrfs.create installed/…", "systemd.reload"). What it throws, the call throws and nothing
  /// changes; it may also stop a test there.
  void on_call(std::function<void(const std::string& call)> hook);

  /// What a command in a container ends with, given its last argument; without, all end with 0.
  using Shell = std::function<int(const std::string& container, const std::string& command)>;
  void on_exec(Shell shell);

  // What a test, or a saboteur, does behind the drivers' backs.
  /// As kill -9 does: the unit fails, or is started anew where `Restart=` says so.
  void kill_container(const std::string& unit);
  void edit_file(const std::string& unit, const std::string& text);
  void drop_file(const std::string& unit);
  void stop_unit(const std::string& unit);
  void drop_network(const std::string& name);
  void set_quota(const std::string& path, std::uint64_t quota);
  void rename(const std::string& from, const std::string& to);
  /// References that a pull finds; all others are "not found". Empty means: all are found.
  void offer_images(std::set<std::string> references);
  /// What a volume can be filled from: path -> text. Where nothing was ever offered all seeds are
  /// there, and hold the file "from".
  void offer_seed(const SeedSpec& seed, std::map<std::string, std::string> files);
  /// What this name stands for from now on is another image.
  void replace_image(const std::string& reference, const std::string& id);
  /// A program of the machine's own takes a port.
  void listen(const Listener& listener);
  /// The text of a file that was written into a subvolume; nothing where there is none.
  std::optional<std::string> file(const std::string& path, const std::string& file);
  void drop_volume_file(const std::string& path, const std::string& file);
  /// Data in a subvolume, as `list()` will show it. Error{not_found} where there is none.
  void set_used(const std::string& path, std::uint64_t bytes);
  /// How large the disk is; 64 GiB to begin with.
  void set_disk(std::uint64_t bytes);
  /// So many bytes of the disk are others' files.
  void fill(std::uint64_t bytes);
  void set_metadata_tight(bool tight);

  struct State;

 private:
  /// Shared with the drivers it hands out.
  std::shared_ptr<State> state_;
  struct Drivers;
  std::unique_ptr<Drivers> drivers_;
};

}  // namespace town

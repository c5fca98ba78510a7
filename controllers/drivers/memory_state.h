// What the memory drivers share. For memory*.cpp only. Each driver locks `mutex` for the length of
// a call and never calls a hook or a callback under it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "controllers/drivers/memory.h"
#include "controllers/drivers/memory_unit.h"

namespace town {

/// A unit that "systemd" has loaded, with the text that it read then.
struct LoadedUnit {
  std::string text;
  UnitState state;
  std::string container;  ///< id, while one runs
};

struct RunningContainer {
  PodmanContainer container;
  std::string unit;
  MemoryContainer arguments;
  std::uint32_t pid = 0;  ///< 0 when it has ended
};

/// A volume that is being filled, and is nowhere yet.
struct StagedVolume {
  Subvolume subvolume;
  std::map<std::string, std::string> files;
};

struct MemoryMachine::State {
  std::filesystem::path root;

  std::mutex mutex;
  std::condition_variable_any changed;

  std::function<void(const std::string&)> hook;
  std::function<void(const std::string&)> systemd_notify;
  std::function<void(const std::string&)> podman_notify;

  std::map<std::string, Subvolume> subvolumes;  // by path
  std::map<std::string, std::map<std::string, std::string>>
      volume_files;  // by subvolume's uuid: texts

  std::map<std::string, StagedVolume> staged;  // by id
  /// What volumes can be filled from, as seed_name() calls it: path -> text.
  std::map<std::string, std::map<std::string, std::string>> sources;
  std::uint64_t disk = 64ULL << 30;    // bytes of it
  std::uint64_t foreign_bytes = 0;     // of others' files
  std::vector<std::uint64_t> reserve;  // bytes of each slice
  bool metadata_tight = false;

  std::map<std::string, std::string> files;
  std::map<std::string, std::string> environments;
  std::map<std::string, LoadedUnit> units;
  std::uint64_t reloads = 0;

  MemoryMachine::Shell shell;
  std::set<std::string> images;
  std::map<std::string, std::string> image_ids;  // by reference; without, its id is its name
  std::set<std::string> offered;
  std::map<std::string, PodmanNetwork> networks;
  std::map<std::string, RunningContainer> containers;  // by id
  // Where to look first, so that a box of thousands is not searched for each of them. An entry may
  // be out of date: with_pid(), with_name() and publisher() compare.
  std::map<std::uint32_t, std::string> ids_by_pid;
  std::map<std::string, std::string> ids_by_name;
  std::map<std::pair<std::uint16_t, std::string>, std::string> ids_by_port;

  std::vector<Listener> foreign;
  std::uint64_t counter = 0;  // for uuids, ids and pids

  template <typename F>
  auto with_lock(F&& use) {
    const std::lock_guard lock(mutex);
    return std::forward<F>(use)();
  }

  /// Runs the hook, outside the lock.
  void call(const std::string& name);
  /// Tell the listeners, outside the lock.
  void unit_changed(const std::string& unit);
  void podman_changed(const std::string& what);
  /// Stops and forgets a unit that runs; false where none does.
  bool stop_unit(const std::string& unit);

  // The rest wants the lock held.
  std::string next_id(std::size_t digits);
  DiskFigures disk_usage() const;
  std::vector<Listener> listeners() const;
  /// The container, or null.
  const RunningContainer* with_pid(std::uint32_t pid) const;
  const RunningContainer* with_name(const std::string& name) const;
  /// The one that runs and publishes this port, or null.
  const RunningContainer* publisher(std::uint16_t port, const std::string& protocol) const;
  bool mounted_in_subvolume(const std::string& path) const;
  /// Runs a loaded unit; the reason in words where it cannot, empty when it does. `result` is
  /// systemd's word for it.
  std::string run_unit(const std::string& unit, LoadedUnit& loaded, std::string& result);
  void end_unit(LoadedUnit& loaded);
};

/// What a seed is told apart by: "git https://example.org/x.git main".
std::string seed_name(const SeedSpec& seed);

/// Wants the lock held; throws as Btrfs::move does.
void move_subvolume(MemoryMachine::State& state, const std::string& from, const std::string& to);

std::unique_ptr<Btrfs> make_memory_btrfs(std::shared_ptr<MemoryMachine::State> state);
std::unique_ptr<Reserve> make_memory_reserve(std::shared_ptr<MemoryMachine::State> state);
std::unique_ptr<Systemd> make_memory_systemd(std::shared_ptr<MemoryMachine::State> state);
std::unique_ptr<Podman> make_memory_podman(std::shared_ptr<MemoryMachine::State> state);
std::unique_ptr<Seeds> make_memory_seeds(std::shared_ptr<MemoryMachine::State> state);
std::unique_ptr<Sockets> make_memory_sockets(std::shared_ptr<MemoryMachine::State> state);

}  // namespace town

#include "controllers/drivers/memory.h"

#include <fmt/format.h>

#include "controllers/drivers/btrfs_path.h"
#include "controllers/drivers/memory_state.h"
#include "controllers/drivers/unit_name.h"

namespace town {

struct MemoryMachine::Drivers {
  std::unique_ptr<Btrfs> btrfs;
  std::unique_ptr<Reserve> reserve;
  std::unique_ptr<Systemd> systemd;
  std::unique_ptr<Podman> podman;
  std::unique_ptr<Seeds> seeds;
  std::unique_ptr<Sockets> sockets;
};

MemoryMachine::MemoryMachine(std::filesystem::path root)
    : state_(std::make_shared<State>()), drivers_(std::make_unique<Drivers>()) {
  state_->root = std::move(root);
  drivers_->btrfs = make_memory_btrfs(state_);
  drivers_->reserve = make_memory_reserve(state_);
  drivers_->systemd = make_memory_systemd(state_);
  drivers_->podman = make_memory_podman(state_);
  drivers_->seeds = make_memory_seeds(state_);
  drivers_->sockets = make_memory_sockets(state_);
}

MemoryMachine::~MemoryMachine() = default;

Btrfs& MemoryMachine::btrfs() { return *drivers_->btrfs; }
Reserve& MemoryMachine::reserve() { return *drivers_->reserve; }
Systemd& MemoryMachine::systemd() { return *drivers_->systemd; }
Podman& MemoryMachine::podman() { return *drivers_->podman; }
Seeds& MemoryMachine::seeds() { return *drivers_->seeds; }
Sockets& MemoryMachine::sockets() { return *drivers_->sockets; }

void MemoryMachine::on_call(std::function<void(const std::string&)> hook) {
  state_->with_lock([&] { state_->hook = std::move(hook); });
}

void MemoryMachine::kill_container(const std::string& unit) {
  const bool ran = state_->with_lock([&] {
    const auto found = state_->units.find(unit);
    if (found == state_->units.end() || found->second.container.empty()) return false;
    LoadedUnit& loaded = found->second;
    state_->end_unit(loaded);
    loaded.state.active_state = "failed";
    loaded.state.sub_state = "failed";
    loaded.state.result = "exit-code";
    loaded.state.exit_status = 137;
    const std::string restart = read_unit(unit, loaded.text).restart;
    std::string result;
    if (restart == "always" || restart == "on-failure") {
      ++loaded.state.restarts;
      state_->run_unit(unit, loaded, result);
    }
    return true;
  });
  if (!ran) return;
  state_->unit_changed(unit);
  state_->podman_changed("container");
}

void MemoryMachine::edit_file(const std::string& unit, const std::string& text) {
  state_->with_lock([&] { state_->files[unit] = text; });
  state_->unit_changed(unit);
}

void MemoryMachine::drop_file(const std::string& unit) {
  state_->with_lock([&] { state_->files.erase(unit); });
  state_->unit_changed(unit);
}

void MemoryMachine::stop_unit(const std::string& unit) {
  if (!state_->stop_unit(unit)) return;
  state_->unit_changed(unit);
  state_->podman_changed("container");
}

void MemoryMachine::drop_network(const std::string& name) {
  state_->with_lock([&] { state_->networks.erase(name); });
  state_->podman_changed("network");
}

void MemoryMachine::set_quota(const std::string& path, std::uint64_t quota) {
  state_->with_lock([&] {
    if (!state_->subvolumes.contains(path)) throw no_subvolume(path);
    state_->subvolumes[path].quota = quota;
  });
}

std::optional<std::string> MemoryMachine::file(const std::string& path, const std::string& file) {
  const std::lock_guard lock(state_->mutex);
  if (!state_->subvolumes.contains(path)) return std::nullopt;
  const auto& files = state_->volume_files[state_->subvolumes[path].uuid];
  const auto found = files.find(file);
  return found == files.end() ? std::nullopt : std::optional(found->second);
}

void MemoryMachine::drop_volume_file(const std::string& path, const std::string& file) {
  state_->with_lock([&] {
    if (!state_->subvolumes.contains(path)) throw no_subvolume(path);
    state_->volume_files[state_->subvolumes[path].uuid].erase(file);
  });
}

void MemoryMachine::set_used(const std::string& path, std::uint64_t bytes) {
  state_->with_lock([&] {
    if (!state_->subvolumes.contains(path)) throw no_subvolume(path);
    state_->subvolumes[path].used = bytes;
  });
}

void MemoryMachine::set_disk(std::uint64_t bytes) {
  state_->with_lock([&] { state_->disk = bytes; });
}

void MemoryMachine::fill(std::uint64_t bytes) {
  state_->with_lock([&] { state_->foreign_bytes = bytes; });
}

void MemoryMachine::set_metadata_tight(bool tight) {
  state_->with_lock([&] { state_->metadata_tight = tight; });
}

void MemoryMachine::rename(const std::string& from, const std::string& to) {
  state_->with_lock([&] { move_subvolume(*state_, from, to); });
}

void MemoryMachine::offer_images(std::set<std::string> references) {
  state_->with_lock([&] { state_->offered = std::move(references); });
}

void MemoryMachine::offer_seed(const SeedSpec& seed, std::map<std::string, std::string> files) {
  state_->with_lock([&] { state_->sources[seed_name(seed)] = std::move(files); });
}

void MemoryMachine::on_exec(Shell shell) {
  state_->with_lock([&] { state_->shell = std::move(shell); });
}

void MemoryMachine::replace_image(const std::string& reference, const std::string& id) {
  state_->with_lock([&] { state_->image_ids[reference] = id; });
}

void MemoryMachine::listen(const Listener& listener) {
  state_->with_lock([&] { state_->foreign.push_back(listener); });
}

void MemoryMachine::State::call(const std::string& name) {
  const auto current = with_lock([&] { return hook; });
  if (current) current(name);
}

void MemoryMachine::State::unit_changed(const std::string& unit) {
  const auto notify = with_lock([&] { return systemd_notify; });
  changed.notify_all();
  if (notify) notify(unit);
}

void MemoryMachine::State::podman_changed(const std::string& what) {
  const auto notify = with_lock([&] { return podman_notify; });
  if (notify) notify(what);
}

bool MemoryMachine::State::stop_unit(const std::string& unit) {
  const std::lock_guard lock(mutex);
  const auto found = units.find(unit);
  // A failed unit stays failed until somebody resets it, as with systemd.
  if (found == units.end() || found->second.state.active_state == "failed") return false;
  end_unit(found->second);
  units.erase(found);
  return true;
}

std::string MemoryMachine::State::next_id(std::size_t digits) {
  return fmt::format("{:0{}x}", ++counter, digits);
}

DiskFigures MemoryMachine::State::disk_usage() const {
  DiskFigures usage;
  usage.total = disk;
  usage.used = foreign_bytes;
  for (const auto& [path, subvolume] : subvolumes) usage.used += subvolume.used;
  for (const auto bytes : reserve) usage.used += bytes;
  usage.used = std::min(usage.used, usage.total);
  usage.available = usage.total - usage.used;
  usage.metadata_tight = metadata_tight;
  return usage;
}

std::vector<Listener> MemoryMachine::State::listeners() const {
  std::vector<Listener> result = foreign;
  for (const auto& [id, running] : containers) {
    if (running.pid == 0) continue;
    for (const auto& port : running.arguments.ports) {
      result.push_back({port.host, port.protocol, running.pid, "conmon"});
    }
  }
  std::sort(result.begin(), result.end(), [](const auto& a, const auto& b) {
    return std::tie(a.port, a.protocol) < std::tie(b.port, b.protocol);
  });
  return result;
}

}  // namespace town

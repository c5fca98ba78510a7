#include "machine.h"

#include <cstdlib>
#include <fstream>

#include "controllers/drivers/process.h"

namespace town::contract {
namespace {

const std::filesystem::path kUnits = SystemdPaths{}.units;

std::string real_root() {
  const char* root = std::getenv("TOWN_CONTRACT_REAL");
  return root == nullptr ? "" : root;
}

}  // namespace

bool is_real() { return !real_root().empty(); }

Machine::Machine() {
  if (!is_real()) {
    memory_ = std::make_unique<MemoryMachine>();
    return;
  }
  root_ = real_root();
  std::filesystem::create_directories(root_);
  btrfs_ = make_btrfs(root_);
  reserve_ = make_reserve(root_ / "reserve");
  systemd_ = make_systemd({});
  podman_ = make_podman(find_podman_paths());
  sockets_ = make_sockets();
  seeds_ = make_seeds(*btrfs_, *podman_);
  clean();
  btrfs_->prepare();
}

Machine::~Machine() {
  if (memory_) return;
  systemd_->on_change({});
  podman_->on_change({});
  try {
    clean();
  } catch (const Error& error) {
    std::fprintf(stderr, "could not clean up: %s\n", error.what());
  }
}

void Machine::clean() {
  for (const auto& unit : systemd_->states()) {
    systemd_->stop(unit.unit, 20s, {});
    systemd_->reset_failed(unit.unit);
  }
  for (const auto& [unit, text] : systemd_->files()) systemd_->remove_file(unit);
  for (const auto& [unit, text] : systemd_->environments()) systemd_->remove_environment(unit);
  for (const auto& container : podman_->containers()) podman_->remove_container(container.name, {});
  for (const auto& network : podman_->networks()) {
    if (network.labels.contains("town.contract")) podman_->remove_network(network.name, {});
  }
  while (reserve_->held() > 0) reserve_->release();
  auto volumes = btrfs_->list();
  for (auto it = volumes.rbegin(); it != volumes.rend(); ++it) btrfs_->destroy(it->path);
}

Btrfs& Machine::btrfs() { return memory_ ? memory_->btrfs() : *btrfs_; }
Reserve& Machine::reserve() { return memory_ ? memory_->reserve() : *reserve_; }
Systemd& Machine::systemd() { return memory_ ? memory_->systemd() : *systemd_; }
Podman& Machine::podman() { return memory_ ? memory_->podman() : *podman_; }
Seeds& Machine::seeds() { return memory_ ? memory_->seeds() : *seeds_; }
Sockets& Machine::sockets() { return memory_ ? memory_->sockets() : *sockets_; }

void Machine::edit_file(const std::string& unit, const std::string& text) {
  if (memory_) return memory_->edit_file(unit, text);
  std::ofstream(kUnits / unit) << text;
}

void Machine::stop_unit(const std::string& unit) {
  if (memory_) return memory_->stop_unit(unit);
  run({"systemctl", "stop", unit}, {}, {});
}

void Machine::rename(const std::string& from, const std::string& to) {
  if (memory_) return memory_->rename(from, to);
  std::filesystem::rename(root_ / from, root_ / to);
}

std::optional<UnitState> Machine::state(const std::string& unit) {
  for (auto& state : systemd().states()) {
    if (state.unit == unit) return std::move(state);
  }
  return std::nullopt;
}

std::optional<Subvolume> Machine::subvolume(const std::string& path) {
  for (auto& found : btrfs().list()) {
    if (found.path == path) return std::move(found);
  }
  return std::nullopt;
}

std::function<void(const std::string&)> Heard::listener() {
  return [this](const std::string& what) {
    {
      const std::lock_guard lock(mutex_);
      told_.insert(what);
    }
    changed_.notify_all();
  };
}

bool Heard::hears(const std::string& what) {
  std::unique_lock lock(mutex_);
  const bool heard = changed_.wait_for(lock, kPatience, [&] { return told_.contains(what); });
  told_.clear();
  return heard;
}

void Heard::forget() {
  const std::lock_guard lock(mutex_);
  told_.clear();
}

std::string sleeping_unit(const std::string& description) {
  return "# town-os contract\n[Unit]\nDescription=" + description +
         "\n[Service]\nExecStart=/bin/sleep infinity\n";
}

std::string failing_unit() {
  return "# town-os contract\n[Service]\nType=oneshot\nExecStart=/bin/false\n";
}

std::string silent_unit() {
  return "# town-os contract\n[Service]\nType=notify\nExecStart=/bin/sleep infinity\n";
}

std::string container_unit(const std::string& name, const std::string& network,
                           const std::string& key, int port) {
  // With --rm alone a stopped unit leaves its container behind, half removed: systemd kills the
  // clean-up that conmon starts.
  const std::string remove = "/usr/bin/podman rm --force --ignore --time 1 " + name + "\n";
  return "# town-os contract\n[Service]\nType=notify\nNotifyAccess=all\nExecStart=/usr/bin/podman "
         "run --rm --replace --detach --name " +
         name + " --cgroups=no-conmon --sdnotify=conmon --log-driver=journald --pull=never " +
         "--network " + network + " --annotation town.key=" + key + " --publish " +
         std::to_string(port) + ":80 " + kImage + "\nExecStop=" + remove + "ExecStopPost=-" +
         remove;
}

}  // namespace town::contract

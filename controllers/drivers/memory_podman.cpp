#include <fmt/format.h>

#include "controllers/drivers/memory_state.h"
#include "state/error.h"

namespace town {
namespace {

class MemoryPodman final : public Podman {
 public:
  explicit MemoryPodman(std::shared_ptr<MemoryMachine::State> state) : state_(std::move(state)) {}

  std::set<std::string> images() override {
    const std::lock_guard lock(state_->mutex);
    return state_->images;
  }

  void pull(const std::string& reference, const std::function<void(const std::string&)>& progress,
            const std::stop_token& stop) override {
    state_->call("podman.pull " + reference);
    if (progress) progress(fmt::format("Trying to pull {}...", reference));
    if (stop.stop_requested()) {
      throw Error(Code::unavailable, "Stopped", "The pull was interrupted.");
    }
    {
      const std::lock_guard lock(state_->mutex);
      if (!state_->offered.empty() && !state_->offered.contains(reference)) {
        throw Error(
            Code::remote, "ImageNotFound",
            fmt::format("The registry has no image {}. Check its name and tag.", reference));
      }
      if (!state_->images.insert(reference).second) return;
    }
    state_->podman_changed("image");
  }

  std::vector<PodmanNetwork> networks() override {
    const std::lock_guard lock(state_->mutex);
    std::vector<PodmanNetwork> result;
    for (const auto& [name, network] : state_->networks) result.push_back(network);
    return result;
  }

  void create_network(const std::string& name, const std::map<std::string, std::string>& labels,
                      const std::stop_token& /*stop*/) override {
    state_->call("podman.create_network " + name);
    {
      const std::lock_guard lock(state_->mutex);
      const auto [found, added] = state_->networks.try_emplace(name, PodmanNetwork{name, labels});
      if (!added && found->second.labels == labels) return;
      if (!added) {
        throw Error(Code::conflict, "NetworkTaken",
                    fmt::format("There is already another network named {}.", name));
      }
    }
    state_->podman_changed("network");
  }

  void remove_network(const std::string& name, const std::stop_token& /*stop*/) override {
    state_->call("podman.remove_network " + name);
    {
      const std::lock_guard lock(state_->mutex);
      for (const auto& [id, running] : state_->containers) {
        const auto& on = running.arguments.networks;
        if (std::find(on.begin(), on.end(), name) == on.end()) continue;
        throw Error(
            Code::conflict, "NetworkInUse",
            fmt::format("Network {} is in use by container {}.", name, running.container.name));
      }
      if (state_->networks.erase(name) == 0) return;
    }
    state_->podman_changed("network");
  }

  std::optional<PodmanContainer> container_of(std::uint32_t conmon_pid) override {
    const std::lock_guard lock(state_->mutex);
    const auto* found = state_->with_pid(conmon_pid);
    return found == nullptr ? std::nullopt : std::optional(found->container);
  }

  std::vector<PodmanContainer> containers() override {
    const std::lock_guard lock(state_->mutex);
    std::vector<PodmanContainer> result;
    for (const auto& [id, running] : state_->containers) {
      const auto ours = running.container.annotations.lower_bound("town.");
      if (ours == running.container.annotations.end() || !ours->first.starts_with("town."))
        continue;
      result.push_back(running.container);
    }
    return result;
  }

  std::vector<std::string> container_names() override {
    const std::lock_guard lock(state_->mutex);
    std::vector<std::string> names;
    for (const auto& [id, running] : state_->containers) names.push_back(running.container.name);
    return names;
  }

  void remove_container(const std::string& name, const std::stop_token& /*stop*/) override {
    state_->call("podman.remove_container " + name);
    std::string unit;
    {
      const std::lock_guard lock(state_->mutex);
      if (const auto* found = state_->with_name(name)) unit = found->unit;
      const auto loaded = state_->units.find(unit);
      if (loaded != state_->units.end()) {
        state_->end_unit(loaded->second);
        state_->units.erase(loaded);
      }
      if (const auto* left = state_->with_name(name)) {
        state_->containers.erase(std::string(left->container.id));
      }
    }
    if (unit.empty()) return;
    state_->unit_changed(unit);
    state_->podman_changed("container");
  }

  int exec(const std::string& container, const std::vector<std::string>& argv,
           std::chrono::milliseconds /*deadline*/,
           const std::function<void(const std::string&)>& output,
           const std::stop_token& /*stop*/) override {
    const auto& command = argv.empty() ? std::string() : argv.back();
    state_->call("podman.exec " + container + " " + command);
    const auto shell = state_->with_lock([&]() -> MemoryMachine::Shell {
      const auto* found = state_->with_name(container);
      if (found == nullptr || found->pid == 0) return [](const auto&, const auto&) { return 125; };
      return state_->shell;
    });
    if (output) output("ran " + command);
    return shell ? shell(container, command) : 0;
  }

  void on_change(std::function<void(const std::string&)> notify) override {
    const std::lock_guard lock(state_->mutex);
    if (!notify) {
      state_->podman_notify = nullptr;
      return;
    }
    state_->podman_notify = [earlier = std::move(state_->podman_notify),
                             notify = std::move(notify)](const std::string& what) {
      if (earlier) earlier(what);
      notify(what);
    };
  }

 private:
  std::shared_ptr<MemoryMachine::State> state_;
};

class MemorySockets final : public Sockets {
 public:
  explicit MemorySockets(std::shared_ptr<MemoryMachine::State> state) : state_(std::move(state)) {}

  std::vector<Listener> listeners() override {
    const std::lock_guard lock(state_->mutex);
    return state_->listeners();
  }

 private:
  std::shared_ptr<MemoryMachine::State> state_;
};

}  // namespace

std::unique_ptr<Podman> make_memory_podman(std::shared_ptr<MemoryMachine::State> state) {
  return std::make_unique<MemoryPodman>(std::move(state));
}

std::unique_ptr<Sockets> make_memory_sockets(std::shared_ptr<MemoryMachine::State> state) {
  return std::make_unique<MemorySockets>(std::move(state));
}

}  // namespace town

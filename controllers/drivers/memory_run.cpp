// How the memory machine starts and ends what a unit runs.
#include <fmt/format.h>

#include <optional>

#include "controllers/drivers/memory_state.h"

namespace town {
namespace {

constexpr std::string_view kEnvironments = "/run/town-os/environment/";
constexpr std::uint32_t kFirstPid = 1000;

/// The first environment file of ours that is not there.
std::optional<std::string> missing_environment(const MemoryMachine::State& state,
                                               const std::vector<std::string>& files) {
  for (const auto& file : files) {
    if (file.starts_with(kEnvironments) &&
        !state.environments.contains(file.substr(kEnvironments.size()))) {
      return file;
    }
  }
  return std::nullopt;
}

std::string taken_port(const MemoryMachine::State& state, const MemoryContainer& container) {
  const auto taken = [](const PublishedPort& port, const std::string& program) {
    return fmt::format("{} port {} is in use by {}.", port.protocol, port.host, program);
  };
  for (const auto& port : container.ports) {
    if (port.host == 0) continue;
    for (const auto& listener : state.foreign) {
      if (port.host == listener.port && port.protocol == listener.protocol) {
        return taken(port, listener.program);
      }
    }
    if (state.publisher(port.host, port.protocol) != nullptr) return taken(port, "conmon");
  }
  return {};
}

/// What podman would find wrong; empty where nothing is.
std::string obstacle(const MemoryMachine::State& state, const MemoryContainer& container) {
  if (!state.images.contains(container.image)) {
    return fmt::format("image {} is not in local storage.", container.image);
  }
  for (const auto& network : container.networks) {
    if (network == "host" || network == "none" || state.networks.contains(network)) continue;
    return fmt::format("there is no network {}.", network);
  }
  for (const auto& source : container.sources) {
    if (!state.mounted_in_subvolume(source)) return fmt::format("{} does not exist.", source);
  }
  if (const auto file = missing_environment(state, container.environment_files)) {
    return fmt::format("{} does not exist.", *file);
  }
  if (state.with_name(container.name) != nullptr && !container.replace) {
    return fmt::format("the container name {} is in use.", container.name);
  }
  return taken_port(state, container);
}

/// What town-volume-check would find wrong; empty where nothing is.
std::string missing_volume(const MemoryMachine::State& state,
                           const std::vector<std::string>& check) {
  for (std::size_t i = 2; i + 1 < check.size(); i += 2) {
    const auto found = state.subvolumes.find(check[i + 1]);
    if (found == state.subvolumes.end() || found->second.id != check[i]) {
      return fmt::format("the volume '{}' is not in its place.", check[i + 1]);
    }
  }
  return {};
}

void fail(UnitState& state, const char* result, int status) {
  state.active_state = "failed";
  state.sub_state = "failed";
  state.result = result;
  state.exit_status = status;
  state.main_pid = 0;
}

}  // namespace

bool MemoryMachine::State::mounted_in_subvolume(const std::string& path) const {
  const std::string prefix = root.string() + "/";
  if (!path.starts_with(prefix)) return true;
  for (std::string inner = path.substr(prefix.size()); !subvolumes.contains(inner);) {
    const auto cut = inner.rfind('/');
    if (cut == std::string::npos) return false;
    inner.resize(cut);
  }
  return true;
}

namespace {

template <typename Index, typename Key>
const RunningContainer* look_up(const MemoryMachine::State& state, const Index& index,
                                const Key& key) {
  const auto id = index.find(key);
  if (id == index.end()) return nullptr;
  const auto found = state.containers.find(id->second);
  return found == state.containers.end() ? nullptr : &found->second;
}

}  // namespace

const RunningContainer* MemoryMachine::State::with_pid(std::uint32_t pid) const {
  const auto* found = look_up(*this, ids_by_pid, pid);
  return found != nullptr && pid != 0 && found->pid == pid ? found : nullptr;
}

const RunningContainer* MemoryMachine::State::with_name(const std::string& name) const {
  const auto* found = look_up(*this, ids_by_name, name);
  return found != nullptr && found->container.name == name ? found : nullptr;
}

const RunningContainer* MemoryMachine::State::publisher(std::uint16_t port,
                                                        const std::string& protocol) const {
  const auto* found = look_up(*this, ids_by_port, std::pair(port, protocol));
  return found != nullptr && found->pid != 0 ? found : nullptr;
}

std::string MemoryMachine::State::run_unit(const std::string& unit, LoadedUnit& loaded,
                                           std::string& result) {
  const MemoryUnit file = read_unit(unit, loaded.text);
  loaded.state.invocation = next_id(32);
  const auto failed = [&](const char* word, int status, std::string why) {
    fail(loaded.state, word, status);
    result = word;
    return why;
  };
  if (file.command.empty()) return failed("resources", 0, "it has no ExecStart.");
  if (const auto missing = missing_environment(*this, file.environment_files)) {
    return failed("resources", 0, fmt::format("{} does not exist.", *missing));
  }
  if (std::string why = missing_volume(*this, file.check); !why.empty()) {
    return failed("exit-code", 0, std::move(why));
  }
  if (file.command.front().ends_with("/false")) return failed("exit-code", 1, "it exited with 1.");
  if (runs_container(file)) {
    MemoryContainer arguments = read_container(file.command);
    if (std::string why = obstacle(*this, arguments); !why.empty()) {
      return failed("exit-code", 125, std::move(why));
    }
    if (const auto* before = with_name(arguments.name)) {
      containers.erase(std::string(before->container.id));
    }
    RunningContainer running;
    running.container = {next_id(64), arguments.name, arguments.annotations};
    const auto image = image_ids.find(arguments.image);
    running.container.image = image == image_ids.end() ? arguments.image : image->second;
    running.unit = unit;
    running.arguments = std::move(arguments);
    running.pid = kFirstPid + static_cast<std::uint32_t>(++counter);
    loaded.container = running.container.id;
    ids_by_pid[running.pid] = loaded.container;
    ids_by_name[running.container.name] = loaded.container;
    for (const auto& port : running.arguments.ports) {
      ids_by_port[{port.host, port.protocol}] = loaded.container;
    }
    loaded.state.main_pid = running.pid;
    containers.emplace(running.container.id, std::move(running));
  } else {
    loaded.state.main_pid = kFirstPid + static_cast<std::uint32_t>(++counter);
  }
  const bool silent = file.type == "notify" && loaded.container.empty();
  loaded.state.active_state = silent ? "activating" : "active";
  loaded.state.sub_state = silent ? "start" : "running";
  loaded.state.result = "success";
  loaded.state.exit_status = 0;
  return {};
}

void MemoryMachine::State::end_unit(LoadedUnit& loaded) {
  ids_by_pid.erase(loaded.state.main_pid);
  loaded.state.main_pid = 0;
  const auto found = containers.find(loaded.container);
  loaded.container.clear();
  if (found == containers.end()) return;
  if (found->second.arguments.remove) {
    containers.erase(found);
  } else {
    found->second.pid = 0;
  }
}

}  // namespace town

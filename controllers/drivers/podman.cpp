#include "controllers/drivers/podman.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "controllers/drivers/directory_watch.h"
#include "controllers/drivers/podman_files.h"
#include "controllers/drivers/podman_pull.h"
#include "controllers/drivers/process.h"
#include "state/error.h"
#include "state/guarded.h"

namespace town {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::minutes kPullDeadline{30};
constexpr std::chrono::minutes kPullStall{5};
constexpr std::chrono::seconds kNetworkDeadline{20};
constexpr std::chrono::seconds kRemoveDeadline{30};
constexpr std::chrono::seconds kInfoDeadline{20};
constexpr const char* kStopSeconds = "10";
constexpr std::size_t kProgressLimit = 200;
constexpr std::size_t kReferenceLimit = 512;

// Exit codes of podman-network-rm(1).
constexpr int kNoSuchNetwork = 1;
constexpr int kNetworkInUse = 2;

void check_reference(const std::string& reference) {
  const bool good = !reference.empty() && reference.size() <= kReferenceLimit &&
                    reference.front() != '-' &&
                    std::all_of(reference.begin(), reference.end(),
                                [](unsigned char c) { return c > ' ' && c < 0x7f; });
  if (!good) {
    throw Error(Code::invalid, "BadReference",
                fmt::format("'{}' is no reference of an image.", reference.substr(0, 100)));
  }
}

void check_name(const std::string& name) {
  const auto allowed = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '.' || c == '-';
  };
  if (name.empty() || name.size() > 255 || std::isalnum(static_cast<unsigned char>(name[0])) == 0 ||
      !std::all_of(name.begin(), name.end(), allowed)) {
    throw Error(Code::invalid, "BadName",
                fmt::format("'{}' is no name for a container or network.", name.substr(0, 100)));
  }
}

Error network_taken(const std::string& name) {
  return {Code::conflict, "NetworkTaken",
          fmt::format("There is already another network named {}.", name)};
}

class RealPodman final : public Podman {
 public:
  explicit RealPodman(const PodmanPaths& paths)
      : files_(paths),
        images_directory_(files_.images_directory()),
        networks_directory_(paths.networks),
        watch_(
            {images_directory_, networks_directory_, files_.containers_directory(),
             files_.volatile_directory()},
            [this](const auto& directory, const std::string& name) { on_file(directory, name); }) {}

  std::set<std::string> images() override { return files_.images(); }

  void pull(const std::string& reference, const std::function<void(const std::string&)>& progress,
            const std::stop_token& stop) override {
    check_reference(reference);
    ProcessOptions options;
    options.deadline = kPullDeadline;
    options.stall = kPullStall;
    options.on_error_line = [&progress](const std::string& line) {
      if (progress) progress(line.substr(0, kProgressLimit));
    };
    try {
      const auto result = run({"podman", "pull", reference}, options, stop);
      if (result.exit_code != 0) throw pull_failure(reference, result.err);
    } catch (const Error& error) {
      if (error.reason() != "TimedOut") throw;
      throw Error(
          Code::unavailable, "TimedOut",
          fmt::format("Image {} could not be pulled in time: the connection to the registry "
                      "is too slow, or has broken off. It is tried again.",
                      reference));
    }
  }

  std::vector<PodmanNetwork> networks() override { return files_.networks(); }

  void create_network(const std::string& name, const std::map<std::string, std::string>& labels,
                      const std::stop_token& stop) override {
    check_name(name);
    if (is_there(name, labels)) return;
    std::vector<std::string> argv{"podman", "network", "create"};
    for (const auto& [key, value] : labels) {
      argv.emplace_back("--label");
      argv.push_back(fmt::format("{}={}", key, value));
    }
    argv.push_back(name);
    const auto result = run_podman(argv, kNetworkDeadline, stop);
    if (result.exit_code == 0 || is_there(name, labels)) return;
    throw Error(Code::remote, "NetworkFailed",
                fmt::format("Network {} could not be made: {}.", name, last_line(result.err)));
  }

  void remove_network(const std::string& name, const std::stop_token& stop) override {
    check_name(name);
    const auto result = run_podman({"podman", "network", "rm", name}, kNetworkDeadline, stop);
    if (result.exit_code == 0 || result.exit_code == kNoSuchNetwork) return;
    if (result.exit_code == kNetworkInUse) {
      throw Error(Code::conflict, "NetworkInUse",
                  fmt::format("Network {} is in use by a container.", name));
    }
    throw Error(Code::remote, "NetworkFailed",
                fmt::format("Network {} could not be removed: {}.", name, last_line(result.err)));
  }

  std::optional<PodmanContainer> container_of(std::uint32_t conmon_pid) override {
    return files_.container_of(conmon_pid);
  }

  std::vector<PodmanContainer> containers() override { return files_.containers(); }

  std::vector<std::string> container_names() override { return files_.container_names(); }

  void remove_container(const std::string& name, const std::stop_token& stop) override {
    check_name(name);
    const auto result =
        run_podman({"podman", "rm", "--force", "--ignore", "--time", kStopSeconds, name},
                   kRemoveDeadline, stop);
    if (result.exit_code == 0) return;
    throw Error(Code::remote, "ContainerFailed",
                fmt::format("Container {} could not be removed: {}.", name, last_line(result.err)));
  }

  int exec(const std::string& container, const std::vector<std::string>& argv,
           std::chrono::milliseconds deadline,
           const std::function<void(const std::string&)>& output,
           const std::stop_token& stop) override {
    check_name(container);
    std::vector<std::string> command{"podman", "exec", container};
    command.insert(command.end(), argv.begin(), argv.end());
    ProcessOptions options;
    options.deadline = deadline;
    options.on_output_line = options.on_error_line = output;
    try {
      return run(command, options, stop).exit_code;
    } catch (const Error& error) {
      if (error.reason() != "TimedOut") throw;
      throw Error(Code::remote, "CommandTimedOut",
                  fmt::format("It did not end within {} s.",
                              std::chrono::duration_cast<std::chrono::seconds>(deadline).count()));
    }
  }

  void on_change(std::function<void(const std::string&)> notify) override {
    notify_.with([&](auto& current) {
      if (!notify) {
        current = nullptr;
        return;
      }
      current = [earlier = std::move(current),
                 notify = std::move(notify)](const std::string& what) {
        if (earlier) earlier(what);
        notify(what);
      };
    });
  }

 private:
  static ProcessResult run_podman(const std::vector<std::string>& argv,
                                  std::chrono::milliseconds deadline, const std::stop_token& stop) {
    ProcessOptions options;
    options.deadline = deadline;
    return run(argv, options, stop);
  }

  bool is_there(const std::string& name, const std::map<std::string, std::string>& labels) {
    for (const auto& network : files_.networks()) {
      if (network.name != name) continue;
      if (network.labels != labels) throw network_taken(name);
      return true;
    }
    return false;
  }

  /// podman writes lock and temporary files beside its lists; those are no news.
  void on_file(const std::filesystem::path& directory, const std::string& name) {
    if (!name.empty() && !(name.ends_with(".json") && !name.starts_with('.'))) return;
    const auto current = notify_.with([](const auto& function) { return function; });
    if (!current) return;
    current(directory == images_directory_     ? "image"
            : directory == networks_directory_ ? "network"
                                               : "container");
  }

  PodmanFiles files_;
  const std::filesystem::path images_directory_;
  const std::filesystem::path networks_directory_;
  Guarded<std::function<void(const std::string&)>> notify_;
  DirectoryWatch watch_;  // last, and so first to go: its thread uses the rest
};

}  // namespace

PodmanPaths find_podman_paths() {
  PodmanPaths paths;
  std::error_code error;
  if (!std::filesystem::exists("/etc/containers/storage.conf", error)) return paths;
  ProcessOptions options;
  options.deadline = kInfoDeadline;
  try {
    const auto result = run({"podman", "info", "--format", "json"}, options, {});
    const auto info = nlohmann::json::parse(result.out, nullptr, false);
    if (!info.is_object()) return paths;
    const auto store = info.find("store");
    if (store == info.end() || !store->is_object()) return paths;
    paths.storage = store->value("graphRoot", paths.storage.string());
    paths.run = store->value("runRoot", paths.run.string());
    paths.driver = store->value("graphDriverName", paths.driver);
  } catch (const Error&) {
    return paths;  // as promised: the defaults stay
  } catch (const nlohmann::json::exception&) {
    return {};  // a member of another type than every podman so far has written
  }
  return paths;
}

std::unique_ptr<Podman> make_podman(const PodmanPaths& paths) {
  return std::make_unique<RealPodman>(paths);
}

}  // namespace town

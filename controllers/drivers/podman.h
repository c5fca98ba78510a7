// Images, networks and containers. Looks by reading podman's own files, acts by running podman: a
// pass that finds nothing to do starts no process. One object for the daemon; any thread may call
// it.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

namespace town {

struct PodmanNetwork {
  std::string name;
  std::map<std::string, std::string> labels;
};

struct PodmanContainer {
  std::string id;
  std::string name;
  std::map<std::string, std::string>
      annotations;      ///< as given with --annotation; ours begin "town."
  std::string image{};  ///< id of the image that it was made from
};

class Podman {
 public:
  virtual ~Podman() = default;

  /// References ("docker.io/library/nginx:1.26-alpine") in local storage.
  virtual std::set<std::string> images() = 0;

  /// Pulls (30 min at most, 5 min without any progress); `progress` gets a short line now and then,
  /// on the calling thread. Error{remote} with reason ImageNotFound, RegistryUnreachable,
  /// RegistryDenied or PullFailed and a sentence; Error{unavailable} with reason DiskFull, TimedOut
  /// or Stopped; Error{invalid, BadReference}.
  virtual void pull(const std::string& reference,
                    const std::function<void(const std::string&)>& progress,
                    const std::stop_token& stop) = 0;

  // What acts below is bounded (30 s at most) and throws Error{unavailable} with reason TimedOut,
  // or Stopped as soon as `stop` asks for it.

  virtual std::vector<PodmanNetwork> networks() = 0;
  /// There already with the same labels is fine; Error{conflict, NetworkTaken} with others.
  virtual void create_network(const std::string& name,
                              const std::map<std::string, std::string>& labels,
                              const std::stop_token& stop) = 0;
  /// Error{conflict, NetworkInUse} while a container is on it. Gone already is fine.
  virtual void remove_network(const std::string& name, const std::stop_token& stop) = 0;

  /// The container that conmon with this pid watches; none where the process is no conmon.
  virtual std::optional<PodmanContainer> container_of(std::uint32_t conmon_pid) = 0;

  /// Containers in local storage that carry our annotation, running or not.
  virtual std::vector<PodmanContainer> containers() = 0;
  /// Names of all containers in local storage, ours or not, run or not.
  virtual std::vector<std::string> container_names() = 0;
  /// Stops (10 s, then kills) and removes. Gone already is fine.
  virtual void remove_container(const std::string& name, const std::stop_token& stop) = 0;

  /// Runs `argv` in a running container and returns its exit code, 125 to 127 where it could not be
  /// run; each line that it prints goes to `output`, on the calling thread. Error{remote,
  /// CommandTimedOut} after `deadline`: it may then still be running in there.
  virtual int exec(const std::string& container, const std::vector<std::string>& argv,
                   std::chrono::milliseconds deadline,
                   const std::function<void(const std::string& line)>& output,
                   const std::stop_token& stop) = 0;

  /// Called (from the driver's thread) with "image", "network" or "container" when one may have
  /// changed. Each call adds a listener; all before the loops start.
  /// An empty one takes all of them off.
  virtual void on_change(std::function<void(const std::string& what)> notify) = 0;
};

struct PodmanPaths {
  std::filesystem::path storage = "/var/lib/containers/storage";
  std::filesystem::path run = "/run/containers/storage";  ///< its part that a reboot forgets
  std::string driver = "overlay";                         ///< of the storage: "overlay", "btrfs"
  std::filesystem::path networks = "/etc/containers/networks";
};

/// Where podman keeps its things on this machine: the defaults, unless /etc/containers/storage.conf
/// says otherwise; then podman is asked once (20 s at most), and where it does not answer the
/// defaults stay.
PodmanPaths find_podman_paths();

std::unique_ptr<Podman> make_podman(const PodmanPaths& paths);

}  // namespace town

// bench_real_pass DATA STORE PAIRS: on a real machine, a pass of the three controllers over what
// really runs, wanted being a copy of the store at STORE, and one `podman ps -a`, in turns. Changes
// nothing. Prints JSON.
#include <fcntl.h>
#include <spawn.h>
#include <spdlog/spdlog.h>
#include <sys/wait.h>

#include <array>
#include <iostream>
#include <stdexcept>

#include "controllers/drivers/process.h"
#include "controllers/networks/controller.h"
#include "controllers/units/controller.h"
#include "controllers/volumes/controller.h"
#include "state/store.h"
#include "tests/bench/stopwatch.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): posix_spawn(3) wants it

namespace {

using namespace town;
using Json = nlohmann::json;

/// The real drivers and the controllers on them, as townd has them.
struct Machine {
  explicit Machine(const std::filesystem::path& data)
      : btrfs(make_btrfs(data)),
        systemd(make_systemd({})),
        podman(make_podman(find_podman_paths())),
        sockets(make_sockets()),
        volumes(*btrfs),
        networks(*podman, *sockets),
        units(*systemd, *podman,
              {SystemdPaths().environments.string(),
               [this](const std::string& path) { return btrfs->absolute(path); },
               {program_beside_us("town-volume-check"),
                btrfs->absolute("installed").parent_path()}}) {}

  std::unique_ptr<Btrfs> btrfs;
  std::unique_ptr<Systemd> systemd;
  std::unique_ptr<Podman> podman;
  std::unique_ptr<Sockets> sockets;
  volumes::VolumesController volumes;
  networks::NetworksController networks;
  units::UnitsController units;
};

struct Found {
  std::size_t changes = 0;
  std::size_t ready = 0;
  std::size_t looked_at = 0;
};

Found pass(Machine& machine, const Snapshot& snapshot, Json& parts) {
  Found found;
  for (Controller* controller :
       std::initializer_list<Controller*>{&machine.volumes, &machine.networks, &machine.units}) {
    const bench::Stopwatch watch;
    View view{snapshot, {}, true};
    for (const auto kind : controller->kinds()) {
      for (const auto& resource : snapshot.graph->of(kind)) view.due.push_back(resource->key);
    }
    const auto plan = controller->plan(view, {});
    found.changes += plan.changes.size();
    for (const auto& change : plan.changes) {
      std::cerr << "to do: " << to_string(change.key) << " " << change.action << " "
                << change.reason << "\n";
    }
    found.looked_at += view.due.size();
    for (const auto& sighting : plan.sightings) found.ready += sighting.ready ? 1U : 0U;
    parts[std::string(controller->name())] = watch.read();
  }
  return found;
}

void podman_ps() {
  std::array<const char*, 5> argv = {"podman", "ps", "-a", "-q", nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int error = posix_spawnp(&child, argv[0], &actions, nullptr,
                                 const_cast<char* const*>(argv.data()), environ);
  posix_spawn_file_actions_destroy(&actions);
  int status = 0;
  if (error != 0 || waitpid(child, &status, 0) != child || status != 0) {
    throw std::runtime_error("podman ps does not work");
  }
}

Json measure(const std::filesystem::path& data, const std::filesystem::path& copy, int pairs) {
  const auto store = Store::open({.path = copy});
  const auto snapshot = store->snapshot();
  Machine machine(data);
  Json parts;
  Found found;
  Json result = {{"first", bench::timed([&] { found = pass(machine, snapshot, parts); })},
                 {"pairs", Json::array()}};
  double children = 0;
  for (int i = 0; i < pairs; ++i) {
    const auto theirs = bench::timed(podman_ps);
    const auto before = bench::children_seconds();
    const auto ours = bench::timed([&] { found = pass(machine, snapshot, parts); });
    children += bench::children_seconds() - before;
    result["pairs"].push_back({{"ours", ours}, {"theirs", theirs}, {"parts", parts}});
  }
  result.update({{"changes", found.changes},
                 {"ready", found.ready},
                 {"looked_at", found.looked_at},
                 {"running", machine.podman->containers().size()},
                 {"child_seconds", children},
                 {"reloads", machine.systemd->reloads()}});
  return result;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) {
    std::cerr << "usage: bench_real_pass DATA STORE PAIRS\n";
    return 2;
  }
  try {
    spdlog::set_level(spdlog::level::off);
    std::cout << measure(arguments[1], arguments[2], std::stoi(arguments[3])) << "\n";
  } catch (const std::exception& error) {
    std::cerr << "bench_real_pass: " << error.what() << "\n";
    return 1;
  }
}

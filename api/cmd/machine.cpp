#include "api/cmd/machine.h"

#include <vector>

#include "controllers/disk/controller.h"
#include "controllers/drivers/journal.h"
#include "controllers/drivers/memory.h"
#include "controllers/drivers/process.h"
#include "controllers/drivers/seeds.h"
#include "controllers/host.h"
#include "controllers/networks/controller.h"
#include "controllers/units/controller.h"
#include "controllers/volumes/controller.h"
#include "engine/reconciler.h"
#include "engine/requests.h"

namespace town {
namespace {

/// The drivers of one machine: all real, or all of the machine in memory.
struct Drivers {
  std::unique_ptr<MemoryMachine> memory;
  std::unique_ptr<Btrfs> real_btrfs;
  std::unique_ptr<Reserve> real_reserve;
  std::unique_ptr<Systemd> real_systemd;
  std::unique_ptr<Podman> real_podman;
  std::unique_ptr<Sockets> real_sockets;
  std::unique_ptr<Seeds> real_seeds;
  std::unique_ptr<Logs> logs;
  units::VolumeCheck check;
  Btrfs& btrfs;
  Reserve& reserve;
  Systemd& systemd;
  Podman& podman;
  Sockets& sockets;
  Seeds& seeds;
};

/// What a journal would say of a service that is started or stopped, so that there is something to
/// look at; `journal` outlives every call of the machine.
void keep_journal(MemoryMachine& machine, MemoryJournal& journal) {
  machine.on_call([&journal](const std::string& call) {
    const auto space = call.find(' ');
    const auto unit = space == std::string::npos ? std::string() : call.substr(space + 1);
    const auto say = [&](const char* who, const std::string& what) {
      journal.add({unit, what, who, "6", std::chrono::system_clock::now()});
    };
    if (call.starts_with("systemd.start ")) {
      say("systemd", "Starting " + unit + ".");
      say("simulated", "This box is simulated: here the service would write its log.");
    } else if (call.starts_with("systemd.stop ")) {
      say("systemd", "Stopping " + unit + ".");
    }
  });
}

Drivers simulated() {
  auto memory = std::make_unique<MemoryMachine>();
  auto journal = std::make_unique<MemoryJournal>();
  auto& machine = *memory;
  keep_journal(machine, *journal);
  return {std::move(memory),
          nullptr,
          nullptr,
          nullptr,
          nullptr,
          nullptr,
          nullptr,
          std::move(journal),
          {"/usr/bin/town-volume-check", machine.btrfs().absolute("installed").parent_path()},
          machine.btrfs(),
          machine.reserve(),
          machine.systemd(),
          machine.podman(),
          machine.sockets(),
          machine.seeds()};
}

Drivers real(const std::filesystem::path& data) {
  auto btrfs = make_btrfs(data);
  auto reserve = make_reserve(data / "town" / "reserve");
  auto systemd = make_systemd({});
  auto podman = make_podman({});
  auto sockets = make_sockets();
  auto seeds = make_seeds(*btrfs, *podman);
  auto& b = *btrfs;
  auto& r = *reserve;
  auto& s = *systemd;
  auto& p = *podman;
  auto& k = *sockets;
  auto& f = *seeds;
  return {nullptr,
          std::move(btrfs),
          std::move(reserve),
          std::move(systemd),
          std::move(podman),
          std::move(sockets),
          std::move(seeds),
          make_journal(),
          {program_beside_us("town-volume-check"), b.absolute("installed").parent_path()},
          b,
          r,
          s,
          p,
          k,
          f};
}

class SystemdUnits final : public Units {
 public:
  explicit SystemdUnits(Systemd& systemd) : systemd_(systemd) {}

  std::vector<UnitFigures> units() override {
    std::vector<UnitFigures> all;
    for (auto& state : systemd_.states()) {
      all.push_back({std::move(state.unit), std::move(state.description),
                     std::move(state.load_state), std::move(state.active_state),
                     std::move(state.sub_state)});
    }
    return all;
  }

 private:
  Systemd& systemd_;
};

/// A machine in memory forgets its disk when the daemon ends: it begins with the volumes that a
/// real disk would still hold.
void restore_disk(Btrfs& btrfs, const Graph& graph) {
  for (const auto& resource : graph.of(Kind::volume)) {
    const auto& spec = std::get<VolumeSpec>(resource->spec);
    if (!resource->deleting) btrfs.create(spec.path, spec.id, spec.quota, spec.uid, spec.gid);
  }
}

}  // namespace

struct Machine::Impl {
  explicit Impl(Drivers given)
      : drivers(std::move(given)),
        keeper(drivers.btrfs, drivers.reserve, kBoxReserve),
        host(drivers.btrfs, drivers.sockets, keeper),
        units(drivers.systemd),
        disk_controller(keeper, drivers.btrfs),
        volumes_controller(drivers.btrfs, drivers.seeds),
        networks_controller(drivers.podman, drivers.sockets),
        units_controller(drivers.systemd, drivers.podman,
                         {SystemdPaths().environments.string(),
                          [this](const std::string& path) { return drivers.btrfs.absolute(path); },
                          drivers.check},
                         drivers.memory ? units::UnitsController::Say() : say_in_journal) {}

  Drivers drivers;
  disk::Keeper keeper;
  MachineHost host;
  SystemdUnits units;
  disk::DiskController disk_controller;
  volumes::VolumesController volumes_controller;
  networks::NetworksController networks_controller;
  units::UnitsController units_controller;
  std::vector<std::unique_ptr<Reconciler>> loops;
};

Machine::Machine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Machine::Machine(Machine&&) noexcept = default;
Machine::~Machine() = default;

Host& Machine::host() { return impl_->host; }
Units& Machine::units() { return impl_->units; }
Logs& Machine::logs() { return *impl_->drivers.logs; }
disk::Keeper& Machine::keeper() { return impl_->keeper; }

void Machine::prepare() {
  // On a full disk even this may want to write.
  impl_->keeper.make_room_to_open(false);
  impl_->drivers.btrfs.prepare();
  impl_->drivers.seeds.prepare();
}

void Machine::start(Store& store) {
  if (impl_->drivers.memory) restore_disk(impl_->drivers.btrfs, *store.snapshot().graph);
  for (Controller* controller :
       std::initializer_list<Controller*>{&impl_->disk_controller, &impl_->volumes_controller,
                                          &impl_->networks_controller, &impl_->units_controller}) {
    impl_->loops.push_back(std::make_unique<Reconciler>(store, *controller));
  }
  for (auto& loop : impl_->loops) loop->start();
}

void Machine::stop() {
  while (!impl_->loops.empty()) {
    impl_->loops.back()->stop();
    impl_->loops.pop_back();
  }
}

Machine make_machine(const DaemonOptions& options) {
  auto drivers = options.simulate ? simulated() : real(options.data);
  Machine machine(std::make_unique<Machine::Impl>(std::move(drivers)));
  machine.prepare();
  return machine;
}

}  // namespace town

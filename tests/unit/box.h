// A whole box in one process: store in memory, memory machine, engine, and the three loops, stepped
// by hand or running. For tests of what the parts do together.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "controllers/disk/controller.h"
#include "controllers/drivers/memory.h"
#include "controllers/host.h"
#include "controllers/networks/controller.h"
#include "controllers/units/controller.h"
#include "controllers/volumes/controller.h"
#include "engine/engine.h"
#include "engine/reconciler.h"
#include "state/store.h"

namespace town::test {

/// One package file as a repository called "default" would offer it.
OfferPtr offer(const std::string& name, const std::string& version, const std::string& yaml);

class Box {
 public:
  /// On a store of its own, or on one that outlives it (a daemon that is started again).
  explicit Box(std::shared_ptr<Store> store = nullptr,
               std::shared_ptr<MemoryMachine> machine = nullptr);

  void offers(std::vector<OfferPtr> list);
  Accepted submit(Request request);
  Accepted install(const std::string& name, std::map<std::string, std::string> responses = {},
                   const std::string& version = {});

  /// Steps all loops until a round changes nothing, at most `rounds` rounds. True where it settled.
  bool settle(int rounds = 40);

  [[nodiscard]] Snapshot snapshot() const { return store->snapshot(); }
  [[nodiscard]] Outcome::Word word(const Key& key) const { return outcome(snapshot(), key).word; }
  [[nodiscard]] std::vector<std::string> reasons(const Key& key) const;

  std::shared_ptr<Store> store;
  std::shared_ptr<MemoryMachine> machine;
  std::shared_ptr<const Catalog> catalog = std::make_shared<const Catalog>();
  disk::Keeper keeper;
  MachineHost host;
  Engine engine;
  disk::DiskController disks;
  volumes::VolumesController volumes;
  networks::NetworksController networks;
  units::UnitsController units;
  std::vector<std::unique_ptr<Reconciler>> loops;
};

}  // namespace town::test

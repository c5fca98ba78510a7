#include "tests/unit/box.h"

#include "engine/package/definition.h"
#include "state/digest.h"

namespace town::test {

OfferPtr offer(const std::string& name, const std::string& version, const std::string& yaml) {
  auto made = std::make_shared<Offer>();
  made->repo = "default";
  made->name = name;
  made->version = version;
  made->text = yaml;
  made->digest = sha256_hex(yaml);
  auto parsed = package::parse_definition(yaml);
  made->definition = std::move(parsed.definition);
  made->faults = std::move(parsed.faults);
  made->warnings = std::move(parsed.warnings);
  return made;
}

Box::Box(std::shared_ptr<Store> store_in, std::shared_ptr<MemoryMachine> machine_in)
    : store(store_in ? std::move(store_in) : Store::open({.path = "/memory", .in_memory = true})),
      machine(machine_in ? std::move(machine_in) : std::make_shared<MemoryMachine>()),
      keeper(machine->btrfs(), machine->reserve(), kBoxReserve),
      host(machine->btrfs(), machine->sockets(), keeper),
      engine({*store, host, [this] { return catalog; }}),
      disks(keeper, machine->btrfs()),
      volumes(machine->btrfs(), machine->seeds()),
      networks(machine->podman(), machine->sockets()),
      units(machine->systemd(), machine->podman(),
            {"/run/town-os/environment",
             [this](const std::string& path) { return machine->btrfs().absolute(path); },
             {"/usr/bin/town-volume-check", "/simulated"}}) {
  machine->btrfs().prepare();
  machine->seeds().prepare();
  for (Controller* controller :
       std::initializer_list<Controller*>{&disks, &volumes, &networks, &units}) {
    loops.push_back(std::make_unique<Reconciler>(*store, *controller));
  }
}

void Box::offers(std::vector<OfferPtr> list) {
  std::map<std::string, RepositoryOffers> offered;
  for (auto& entry : list) offered[entry->repo].packages[entry->name][entry->version] = entry;
  std::vector<std::shared_ptr<const RepositoryOffers>> repositories;
  for (auto& [name, repository] : offered) {
    repository.name = name;
    repositories.push_back(std::make_shared<const RepositoryOffers>(std::move(repository)));
  }
  catalog = std::make_shared<const Catalog>(std::move(repositories));
}

Accepted Box::submit(Request request) {
  return engine.submit({{"tester", "test"}, {std::move(request)}});
}

Accepted Box::install(const std::string& name, std::map<std::string, std::string> responses,
                      const std::string& version) {
  Install request;
  request.package = name;
  request.version = version;
  request.responses = std::move(responses);
  return submit(std::move(request));
}

bool Box::settle(int rounds) {
  auto before = store->snapshot().revision;
  for (int i = 0; i < rounds; ++i) {
    for (auto& loop : loops) loop->pass();
    const auto after = store->snapshot().revision;
    if (after == before) return true;
    before = after;
  }
  return false;
}

std::vector<std::string> Box::reasons(const Key& key) const {
  std::vector<std::string> reasons;
  for (const auto& event : store->events(key, 100)) reasons.push_back(event.reason);
  return reasons;
}

}  // namespace town::test

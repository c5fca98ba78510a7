#include "api/cmd/daemon.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>
#include <stop_token>

#include "api/cmd/lock.h"
#include "api/cmd/machine.h"
#include "api/dispatcher.h"
#include "api/files.h"
#include "api/routes/routes.h"
#include "api/server.h"
#include "controllers/drivers/btrfs.h"
#include "engine/engine.h"
#include "engine/repositories/repositories.h"
#include "engine/upgrades.h"
#include "state/digest.h"

namespace town {
namespace {

namespace fs = std::filesystem;

/// Our own part of the data: secrets lie in it, so it is ours alone. Not made on what cannot hold
/// volumes: such a directory is left as it is.
fs::path own_directory(const DaemonOptions& options) {
  if (!options.simulate) (void)make_btrfs(options.data)->usage();
  const auto directory = options.data / "town";
  std::error_code error;
  fs::create_directories(directory, error);
  if (!error) fs::permissions(directory, fs::perms::owner_all, error);
  if (error) {
    throw Error(Code::unavailable, "NoData",
                "cannot use " + directory.string() + ": " + error.message());
  }
  return directory;
}

/// A box whose records are gone is no new box: it would forget every app, stop them all, and let
/// anybody make the first account. Volumes of ours on the disk, or clones, tell that there was one.
void refuse_lost_store(const DaemonOptions& options, const fs::path& own) {
  if (options.simulate || !Store::is_first_boot(own / "store")) return;
  bool used = fs::exists(own / "repositories");
  if (!used) {
    const auto volumes = make_btrfs(options.data)->list();
    used = std::any_of(volumes.begin(), volumes.end(),
                       [](const Subvolume& volume) { return !volume.id.empty(); });
  }
  if (!used) return;
  throw Error(
      Code::unavailable, "StoreMissing",
      "the records of this box are missing: there is nothing in " + (own / "store").string() +
          ", while its data is on the disk. Nothing was touched. Put the store back from a backup "
          "(townctl store backup made it), or begin anew on an empty disk");
}

std::optional<DaemonLock> lock_machine(const DaemonOptions& options) {
  if (options.simulate) return std::nullopt;
  std::error_code failed;
  fs::create_directories("/run/town-os", failed);
  return std::optional<DaemonLock>(std::in_place, "/run/town-os/townd.lock",
                                   "looks after this machine; stop it first");
}

/// With all that the box keeps back for itself, if need be.
std::unique_ptr<Store> open_store(const Store::Options& options, disk::Keeper& keeper) {
  while (true) {
    try {
      return Store::open(options);
    } catch (const Error& error) {
      if (error.reason() != "StoreWriteFailed" || keeper.look().held == 0) throw;
    }
    keeper.make_room_to_open(true);
  }
}

/// What is being handled, and where even that was not enough the way on: nobody else can tell it.
[[noreturn]] void fail_to_start(const Error& error, const fs::path& data) {
  if (error.reason() != "StoreWriteFailed" && error.reason() != "DiskFull") throw;
  throw Error(error.code(), error.reason(),
              std::string(error.what()) +
                  "\nNothing is left of what the box keeps back for itself, so it cannot serve: "
                  "remove or move away some files by hand below " +
                  data.string() + " (but nothing in " + (data / "town").string() +
                  "), or make the disk larger. townd then starts by itself");
}

Store::Options store_options(const fs::path& own, const Clock& clock,
                             std::function<void()> on_broken, disk::Keeper& keeper) {
  Store::Options options;
  options.path = own / "store";
  options.clock = &clock;
  options.on_broken = std::move(on_broken);
  options.make_room = [&keeper](Writer writer) { keeper.make_room(writer); };
  return options;
}

Repositories::Options repository_options(const DaemonOptions& options, const fs::path& own) {
  Repositories::Options repositories;
  repositories.directory = own / "repositories";
  repositories.default_username = options.repository_username;
  repositories.default_password = options.repository_password;
  return repositories;
}

api::Dispatcher::Options dispatcher_options(const DaemonOptions& options, Host& host) {
  api::Dispatcher::Options dispatcher;
  dispatcher.allowed_hosts = {"localhost", "127.0.0.1", host.hostname()};
  dispatcher.files =
      options.dashboard.empty() ? api::plain_page() : api::files_below(options.dashboard);
  return dispatcher;
}

api::ServerOptions server_options(const DaemonOptions& options) {
  api::ServerOptions server;
  server.address = options.address;
  server.port = options.port;
  return server;
}

}  // namespace

/// In the order in which things are made; they go in reverse.
struct Daemon::Impl {
  Impl(const DaemonOptions& given, std::function<void()> on_store_broken);

  void declare_default_repository();
  void declare_disk();
  void follow_catalog();

  DaemonOptions options;
  fs::path own;
  DaemonLock lock;  // before the machine is touched: another daemon may be at work on it
  /// Two boxes on one machine would take each other's services for left-overs. None where nothing
  /// of the machine is touched.
  std::optional<DaemonLock> machine_lock;
  Machine machine;
  SystemClock clock;
  std::stop_source stopping;
  std::unique_ptr<Store> store;
  Repositories repositories;
  Engine engine;
  api::Accounts accounts;
  api::Sessions sessions;
  api::Audit audit;
  api::Services services;
  api::Dispatcher dispatcher;
  api::HttpServer server;
};

Daemon::Impl::Impl(const DaemonOptions& given, std::function<void()> on_store_broken)
    : options(given),
      own(own_directory(options)),
      lock(own / "townd.lock", "runs on this data; stop it first, or give another --data"),
      machine_lock(lock_machine(options)),
      machine((refuse_lost_store(options, own), make_machine(options))),
      store(open_store(store_options(own, clock, std::move(on_store_broken), machine.keeper()),
                       machine.keeper())),
      repositories(*store, repository_options(options, own)),
      engine({*store, machine.host(), [this] { return repositories.catalog(); }, options.port}),
      accounts(*store, clock),
      sessions(*store, clock, {options.signing_key, !options.signing_key.empty()}),
      audit(*store, clock),
      services{*store,
               clock,
               accounts,
               sessions,
               audit,
               machine.host(),
               machine.units(),
               machine.logs(),
               [this](const Intent& intent) { return engine.submit(intent); },
               [this](const Intent& intent) { return engine.preview(intent); },
               [this] { return repositories.catalog(); },
               [this](const std::string& name, const RepositorySpec& spec) {
                 repositories.prepare(name, spec);
               },
               [this](const std::string& name) { return repositories.refresh(name); },
               random_hex(16),
               stopping.get_token(),
               std::chrono::seconds(600),
               own},
      dispatcher({accounts, sessions, audit}, api::all_routes(services),
                 dispatcher_options(options, machine.host())),
      server(server_options(options),
             [this](const api::HttpRequest& request) { return dispatcher.handle(request); }) {}

/// On a box that was never asked for anything.
void Daemon::Impl::declare_default_repository() {
  const bool first_boot = store->intents(0, 1).empty();
  if (!first_boot || options.default_repository.empty()) return;
  AddRepository request;
  request.name = "default";
  request.url = options.default_repository;
  engine.submit({{"system", "system"}, {std::move(request)}});
}

/// Nothing where it is so already.
void Daemon::Impl::declare_disk() { engine.submit({{"system", "system"}, {KeepRoom{}}}); }

void Daemon::Impl::follow_catalog() {
  repositories.on_change(
      [this] { follow_latest(engine, *store->snapshot().graph, *repositories.catalog()); });
}

Daemon::Daemon(const DaemonOptions& options, std::function<void()> on_store_broken)
    : impl_([&] {
        try {
          return std::make_unique<Impl>(options, std::move(on_store_broken));
        } catch (const Error& error) {
          fail_to_start(error, options.data);
        }
      }()) {}

Daemon::~Daemon() { stop(); }

void Daemon::start() {
  try {
    impl_->declare_default_repository();
    impl_->declare_disk();
    impl_->engine.recompile();
  } catch (const Error& error) {
    fail_to_start(error, impl_->options.data);
  }
  impl_->follow_catalog();
  impl_->machine.start(*impl_->store);
  impl_->repositories.start();
  impl_->server.start();
}

void Daemon::stop() {
  impl_->stopping.request_stop();
  impl_->server.stop();
  impl_->repositories.stop();
  impl_->machine.stop();
}

bool Daemon::can_start_anew() { return impl_->machine.keeper().make_room_to_open(true); }

std::string Daemon::address() const {
  const auto& host = impl_->options.address;
  const bool v6 = host.find(':') != std::string::npos;
  return "http://" + (v6 ? "[" + host + "]" : host) + ":" + std::to_string(impl_->server.port());
}

}  // namespace town

#include "engine/repositories/repositories.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <random>
#include <thread>
#include <tuple>

#include "engine/repositories/clones.h"
#include "engine/repositories/offers.h"
#include "engine/repositories/report.h"
#include "engine/repositories/schedule.h"
#include "state/guarded.h"

namespace town {

namespace {

using Steady = Schedule::Steady;
using OffersPtr = std::shared_ptr<const RepositoryOffers>;

constexpr int kFetches = 2;  // at the same time; a git fetch is mostly waiting
constexpr std::chrono::seconds kFirstRetry{1};
constexpr std::chrono::minutes kPreparedLife{1};

/// A declared repository.
struct Wanted {
  std::string id;  ///< of its clone
  std::string name;
  RepositorySpec spec;
  std::uint64_t generation = 0;
};

std::vector<Wanted> declared(const Graph& graph) {
  std::vector<Wanted> all;
  for (const auto& resource : graph.of(Kind::repository)) {
    if (resource->deleting) continue;
    const auto& spec = std::get<RepositorySpec>(resource->spec);
    const auto& name = resource->key.name;
    all.push_back({Clones::id(name, spec.url), name, spec, resource->generation});
  }
  std::sort(all.begin(), all.end(), [](const Wanted& a, const Wanted& b) {
    return std::tie(a.spec.position, a.name) < std::tie(b.spec.position, b.name);
  });
  return all;
}

/// What is known of one clone.
struct Entry {
  OffersPtr good;   ///< of the last look that went well; null before
  OffersPtr shown;  ///< `good`, or a copy of it with the error
  int failures = 0;
  std::optional<Steady::time_point> prepared;
};

/// A person must do something first: asking again and again only gets us locked out.
bool is_settled(const Error& error) {
  return error.code() != Code::remote || error.reason() == "RepositoryDenied" ||
         error.reason() == "RepositoryNotFound" || error.reason() == "RepositoryTooLarge";
}

Error as_error(const std::exception& failure) {
  const auto* error = dynamic_cast<const Error*>(&failure);
  return error ? *error : Error(Code::internal, "RefreshFailed", failure.what());
}

OffersPtr with_error(const OffersPtr& good, const std::string& name, const std::string& error) {
  auto copy = good ? *good : no_offers(name);
  copy.error = error;
  return std::make_shared<const RepositoryOffers>(std::move(copy));
}

Steady::duration jittered(Steady::duration pause) {
  thread_local std::minstd_rand random{std::random_device{}()};
  return std::chrono::duration_cast<Steady::duration>(
      pause * std::uniform_real_distribution<double>(0.9, 1.1)(random));
}

}  // namespace

struct Repositories::Impl {
  Impl(Store& the_store, Options the_options)
      : store(the_store), options(std::move(the_options)), clones(options.directory) {}

  void load();
  void follow();
  void follow_once();
  void work();
  std::optional<Steady::duration> look(const std::string& id);
  std::optional<Steady::duration> look_undeclared(const std::string& id);
  Steady::duration succeeded(const Wanted& wanted, const OffersPtr& offers);
  Steady::duration failed(const Wanted& wanted, const Error& error);
  void prepare(const std::string& id, const std::string& name, const RepositorySpec& spec);
  std::shared_ptr<const Catalog> catalog();

  [[nodiscard]] std::optional<Wanted> wanted(const std::string& id) const;
  [[nodiscard]] OffersPtr good(const std::string& id);
  [[nodiscard]] GitRemote remote(const RepositorySpec& spec) const;
  [[nodiscard]] GitLimits limits() const {
    return {Steady::now() + options.deadline, stopping.get_token()};
  }
  [[noreturn]] static void stopped() {
    throw Error(Code::unavailable, "Stopping", "townd is stopping");
  }

  struct Known {
    std::map<std::string, Entry> entries;  ///< by clone
    std::uint64_t version = 0;             ///< counts changes of `shown`
    std::shared_ptr<const Catalog> catalog = std::make_shared<const Catalog>();
    std::shared_ptr<const Graph> catalog_graph;  ///< that `catalog` was made for, at:
    std::uint64_t catalog_version = 0;
  };

  Store& store;
  const Options options;
  Clones clones;
  Schedule schedule;
  std::function<void()> notify = [] {};
  Guarded<Known> known;
  std::stop_source stopping;
  std::vector<std::jthread> threads;
};

void Repositories::Impl::load() {
  std::set<std::string> ids;
  for (const auto& repository : declared(*store.snapshot().graph)) {
    Entry entry;
    entry.good = clones.load(repository.id, repository.name);
    entry.shown = entry.good;
    ids.insert(repository.id);
    if (entry.good) known.with([&](Known& k) { k.entries[repository.id] = std::move(entry); });
  }
  clones.sweep(ids);
}

std::optional<Wanted> Repositories::Impl::wanted(const std::string& id) const {
  for (auto& repository : declared(*store.snapshot().graph)) {
    if (repository.id == id) return std::move(repository);
  }
  return std::nullopt;
}

OffersPtr Repositories::Impl::good(const std::string& id) {
  return known.with([&](Known& k) {
    const auto found = k.entries.find(id);
    return found == k.entries.end() ? nullptr : found->second.good;
  });
}

GitRemote Repositories::Impl::remote(const RepositorySpec& spec) const {
  if (spec.username.empty() && spec.password.empty()) {
    return {spec.url, options.default_username, options.default_password};
  }
  return {spec.url, spec.username, spec.password};
}

// Level, not edge: makes due whatever has no status for its generation, or no place in the graph.
void Repositories::Impl::follow_once() {
  const auto snapshot = store.snapshot();
  std::set<std::string> ids;
  for (const auto& repository : declared(*snapshot.graph)) {
    ids.insert(repository.id);
    const auto status = snapshot.status({Kind::repository, repository.name});
    if (!good(repository.id) || status.observed_generation != repository.generation) {
      schedule.soon(repository.id);
    }
  }
  const auto strays = known.with([&](Known& k) {
    std::vector<std::string> found;
    for (const auto& [id, entry] : k.entries) {
      if (!ids.contains(id)) found.push_back(id);
    }
    return found;
  });
  for (const auto& id : strays) schedule.soon(id);
}

void Repositories::Impl::follow() {
  const auto stop = stopping.get_token();
  for (const auto& repository : declared(*store.snapshot().graph)) schedule.soon(repository.id);
  auto watch = store.watch(0);
  while (!stop.stop_requested()) {
    const auto batch = watch.next(Steady::now() + std::chrono::hours(1), stop);
    const bool ours = std::any_of(batch.notices.begin(), batch.notices.end(), [](const Notice& n) {
      return n.what == Notice::What::graph && n.key.kind == Kind::repository;
    });
    if (batch.relist || ours) follow_once();
  }
}

void Repositories::Impl::work() {
  const auto stop = stopping.get_token();
  while (const auto id = schedule.next(stop)) {
    try {
      if (const auto pause = look(*id)) {
        schedule.done(*id, *pause);
      } else {
        schedule.forget(*id);
      }
    } catch (const std::exception& error) {  // the store or our disk: nothing to do with the remote
      spdlog::error("look at repository failed clone={} error={}", *id, error.what());
      schedule.done(*id, jittered(options.interval));
    }
  }
}

// One look; the pause before the next one, or none where there is nothing to look at.
std::optional<Steady::duration> Repositories::Impl::look(const std::string& id) {
  const auto repository = wanted(id);
  if (!repository) return look_undeclared(id);
  OffersPtr offers;
  try {
    offers = clones.refresh(id, repository->name, remote(repository->spec), good(id), limits());
  } catch (const std::exception& failure) {
    if (stopping.stop_requested()) return options.interval;
    return failed(*repository, as_error(failure));
  }
  return succeeded(*repository, offers);
}

// A clone that was prepared may be declared any moment; others go. The entry goes first: should it
// be declared just now, either we see that below, or follow_once() finds no entry.
std::optional<Steady::duration> Repositories::Impl::look_undeclared(const std::string& id) {
  const auto left = known.with([&](Known& k) {
    const auto found = k.entries.find(id);
    if (found == k.entries.end()) return Steady::duration::zero();
    if (const auto prepared = found->second.prepared) {
      const auto life = *prepared + kPreparedLife - Steady::now();
      if (life > Steady::duration::zero()) return life;
    }
    k.entries.erase(found);
    return Steady::duration::zero();
  });
  if (left > Steady::duration::zero()) return left;
  clones.drop(id);
  spdlog::info("clone dropped clone={}", id);
  if (wanted(id)) return Steady::duration::zero();
  return std::nullopt;
}

Steady::duration Repositories::Impl::succeeded(const Wanted& wanted, const OffersPtr& offers) {
  OffersPtr before;
  const bool changed = known.with([&](Known& k) {
    auto& entry = k.entries[wanted.id];
    before = entry.good;
    entry.failures = 0;
    const bool other = entry.shown != offers;
    entry.good = entry.shown = offers;
    if (other) ++k.version;
    return other;
  });
  if (before != offers) {
    spdlog::info("repository read name={} commit={} packages={}", wanted.name, offers->commit,
                 offers->packages.size());
    for (const auto& warning : offers->warnings) {
      spdlog::warn("repository has oddities name={} warning={}", wanted.name, warning);
    }
  }
  store.report({{{Kind::repository, wanted.name}, fetched_status(*offers, wanted.generation)}},
               update_events(before.get(), *offers), {}, "");
  if (changed) notify();
  return jittered(options.interval);
}

Steady::duration Repositories::Impl::failed(const Wanted& wanted, const Error& error) {
  int failures = 0;
  OffersPtr shown;
  const bool changed = known.with([&](Known& k) {
    auto& entry = k.entries[wanted.id];
    failures = ++entry.failures;
    const bool other = !entry.shown || entry.shown->error != error.what();
    if (other) {
      entry.shown = with_error(entry.good, wanted.name, error.what());
      ++k.version;
    }
    shown = entry.shown;
    return other;
  });
  spdlog::warn("repository not refreshed name={} reason={} error={}", wanted.name, error.reason(),
               error.what());
  store.report({{{Kind::repository, wanted.name}, failed_status(*shown, error, wanted.generation)}},
               {failure_event(wanted.name, error)}, {}, "");
  if (changed) notify();
  if (is_settled(error)) return jittered(options.interval);
  const Steady::duration pause = kFirstRetry * (1 << std::min(failures - 1, 16));
  return jittered(std::min<Steady::duration>(pause, options.interval));
}

void Repositories::Impl::prepare(const std::string& id, const std::string& name,
                                 const RepositorySpec& spec) {
  const auto offers = clones.refresh(id, name, remote(spec), good(id), limits());
  known.with([&](Known& k) {
    auto& entry = k.entries[id];
    entry.prepared = Steady::now();
    entry.failures = 0;
    if (entry.shown != offers) ++k.version;
    entry.good = entry.shown = offers;
  });
}

std::shared_ptr<const Catalog> Repositories::Impl::catalog() {
  const auto graph = store.snapshot().graph;
  const auto ready = known.with([&](Known& k) {
    return k.catalog_graph == graph && k.catalog_version == k.version ? k.catalog : nullptr;
  });
  if (ready) return ready;
  const auto order = declared(*graph);
  return known.with([&](Known& k) {
    std::vector<OffersPtr> repositories;
    for (const auto& repository : order) {
      auto& entry = k.entries[repository.id];
      if (!entry.shown) entry.shown = with_error(nullptr, repository.name, "");
      repositories.push_back(entry.shown);
    }
    if (k.catalog->repositories() != repositories) {
      k.catalog = std::make_shared<const Catalog>(std::move(repositories));
    }
    k.catalog_graph = graph;
    k.catalog_version = k.version;
    return k.catalog;
  });
}

Repositories::Repositories(Store& store, Options options)
    : impl_(std::make_unique<Impl>(store, std::move(options))) {
  impl_->load();
}

Repositories::~Repositories() { stop(); }

void Repositories::start() {
  const auto guarded = [](const char* what, auto body) {
    return std::jthread([what, body] {
      try {
        body();
      } catch (const std::exception& error) {
        spdlog::error("thread ended thread={} error={}", what, error.what());
      }
    });
  };
  auto* impl = impl_.get();
  impl->threads.push_back(guarded("repositories/follow", [impl] { impl->follow(); }));
  for (int n = 0; n < kFetches; ++n) {
    impl->threads.push_back(guarded("repositories/fetch", [impl] { impl->work(); }));
  }
}

void Repositories::stop() {
  impl_->stopping.request_stop();
  impl_->threads.clear();
}

std::shared_ptr<const Catalog> Repositories::catalog() const { return impl_->catalog(); }

void Repositories::prepare(const std::string& name, const RepositorySpec& spec) {
  const auto id = Clones::id(name, spec.url);
  if (!impl_->schedule.claim(id, impl_->stopping.get_token())) Impl::stopped();
  try {
    impl_->prepare(id, name, spec);
  } catch (...) {
    impl_->schedule.done(id, kPreparedLife);
    throw;
  }
  impl_->schedule.done(id, kPreparedLife);
}

std::map<std::string, std::string> Repositories::refresh(const std::string& name) {
  std::vector<std::pair<Wanted, Schedule::Ticket>> asked;
  for (auto& repository : declared(*impl_->store.snapshot().graph)) {
    if (!name.empty() && repository.name != name) continue;
    const auto ticket = impl_->schedule.ask(repository.id);
    asked.emplace_back(std::move(repository), ticket);
  }
  if (!name.empty() && asked.empty()) {
    throw Error(Code::not_found, "RepositoryUnknown",
                fmt::format("there is no repository {}", name));
  }
  for (const auto& [repository, ticket] : asked) {
    const auto stop = impl_->stopping.get_token();
    if (!impl_->schedule.await(repository.id, ticket, stop)) Impl::stopped();
  }
  return impl_->known.with([&](const Impl::Known& k) {
    std::map<std::string, std::string> errors;
    for (const auto& [repository, ticket] : asked) {
      const auto found = k.entries.find(repository.id);
      if (found == k.entries.end() || !found->second.shown) continue;
      if (const auto& error = found->second.shown->error; !error.empty()) {
        errors[repository.name] = error;
      }
    }
    return errors;
  });
}

void Repositories::on_change(std::function<void()> notify) { impl_->notify = std::move(notify); }

}  // namespace town

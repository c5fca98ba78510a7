#include "engine/repositories/repositories.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <random>
#include <thread>

#include "engine/repositories/clones.h"
#include "engine/repositories/declared.h"
#include "engine/repositories/report.h"
#include "engine/repositories/schedule.h"
#include "engine/repositories/shelf.h"

namespace town {

namespace {

using Steady = Schedule::Steady;

constexpr int kFetches = 2;  // at the same time; a git fetch is mostly waiting
constexpr std::chrono::seconds kFirstRetry{1};

/// A person must do something first: asking again and again only gets us locked out.
bool is_settled(const Error& error) {
  return error.code() != Code::remote || error.reason() == "RepositoryDenied" ||
         error.reason() == "RepositoryNotFound" || error.reason() == "RepositoryTooLarge";
}

Error as_error(const std::exception& failure) {
  const auto* error = dynamic_cast<const Error*>(&failure);
  return error ? *error : Error(Code::internal, "RefreshFailed", failure.what());
}

Steady::duration jittered(Steady::duration pause) {
  thread_local std::minstd_rand random{std::random_device{}()};
  return std::chrono::duration_cast<Steady::duration>(
      pause * std::uniform_real_distribution<double>(0.9, 1.1)(random));
}

[[noreturn]] void refuse_stopped() {
  throw Error(Code::unavailable, "Stopping", "townd is stopping");
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
  Steady::duration succeeded(const DeclaredRepository& repository, const Shelf::OffersPtr& offers);
  Steady::duration failed(const DeclaredRepository& repository, const Error& error);

  [[nodiscard]] std::optional<DeclaredRepository> declared(const std::string& id) const;
  [[nodiscard]] GitRemote remote(const RepositorySpec& spec) const;
  [[nodiscard]] GitLimits limits() const {
    return {Steady::now() + options.deadline, stopping.get_token()};
  }

  Store& store;
  const Options options;
  Clones clones;
  Schedule schedule;
  Shelf shelf;
  std::function<void()> notify = [] {};
  std::stop_source stopping;
  std::vector<std::jthread> threads;
};

void Repositories::Impl::load() {
  std::set<std::string> ids;
  for (const auto& repository : declared_repositories(*store.snapshot().graph)) {
    ids.insert(repository.id);
    if (auto offers = clones.load(repository.id, repository.name)) {
      shelf.put(repository.id, offers);
    }
  }
  clones.sweep(ids);
}

std::optional<DeclaredRepository> Repositories::Impl::declared(const std::string& id) const {
  for (auto& repository : declared_repositories(*store.snapshot().graph)) {
    if (repository.id == id) return std::move(repository);
  }
  return std::nullopt;
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
  for (const auto& repository : declared_repositories(*snapshot.graph)) {
    ids.insert(repository.id);
    const auto status = snapshot.status({Kind::repository, repository.name});
    if (!shelf.good(repository.id) || status.observed_generation != repository.generation) {
      schedule.soon(repository.id);
    }
  }
  for (const auto& id : shelf.all_but(ids)) schedule.soon(id);
}

void Repositories::Impl::follow() {
  const auto stop = stopping.get_token();
  for (const auto& repository : declared_repositories(*store.snapshot().graph)) {
    schedule.soon(repository.id);
  }
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
  const auto repository = declared(id);
  if (!repository) return look_undeclared(id);
  Shelf::OffersPtr offers;
  try {
    offers =
        clones.refresh(id, repository->name, remote(repository->spec), shelf.good(id), limits());
  } catch (const std::exception& failure) {
    if (stopping.stop_requested()) return options.interval;
    return failed(*repository, as_error(failure));
  }
  return succeeded(*repository, offers);
}

// A clone that was prepared may be declared any moment; others go. The shelf goes first: should it
// be declared just now, either we see that below, or follow_once() finds nothing on the shelf.
std::optional<Steady::duration> Repositories::Impl::look_undeclared(const std::string& id) {
  const auto kept = shelf.take_away(id);
  if (kept > Steady::duration::zero()) return kept;
  clones.drop(id);
  spdlog::info("clone dropped clone={}", id);
  if (declared(id)) return Steady::duration::zero();
  return std::nullopt;
}

Steady::duration Repositories::Impl::succeeded(const DeclaredRepository& repository,
                                               const Shelf::OffersPtr& offers) {
  const auto update = shelf.put(repository.id, offers);
  if (update.before != offers) {
    spdlog::info("repository read name={} commit={} packages={}", repository.name, offers->commit,
                 offers->packages.size());
    for (const auto& warning : offers->warnings) {
      spdlog::warn("repository has oddities name={} warning={}", repository.name, warning);
    }
  }
  store.report(
      {{{Kind::repository, repository.name}, fetched_status(*offers, repository.generation)}},
      update_events(update.before.get(), *offers), {}, "");
  if (update.changed) notify();
  return jittered(options.interval);
}

Steady::duration Repositories::Impl::failed(const DeclaredRepository& repository,
                                            const Error& error) {
  const auto update = shelf.fail(repository.id, repository.name, error.what());
  spdlog::warn("repository not refreshed name={} reason={} error={}", repository.name,
               error.reason(), error.what());
  store.report({{{Kind::repository, repository.name},
                 failed_status(*update.shown, error, repository.generation)}},
               {failure_event(repository.name, error)}, {}, "");
  if (update.changed) notify();
  if (is_settled(error)) return jittered(options.interval);
  const Steady::duration pause = kFirstRetry * (1 << std::min(update.failures - 1, 16));
  return jittered(std::min<Steady::duration>(pause, options.interval));
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

std::shared_ptr<const Catalog> Repositories::catalog() const {
  return impl_->shelf.catalog(impl_->store.snapshot().graph);
}

void Repositories::prepare(const std::string& name, const RepositorySpec& spec) {
  const auto id = Clones::id(name, spec.url);
  if (!impl_->schedule.claim(id, impl_->stopping.get_token())) refuse_stopped();
  try {
    impl_->shelf.prepare(id, impl_->clones.refresh(id, name, impl_->remote(spec),
                                                   impl_->shelf.good(id), impl_->limits()));
  } catch (...) {
    impl_->schedule.done(id, Shelf::kPreparedLife);
    throw;
  }
  impl_->schedule.done(id, Shelf::kPreparedLife);
}

std::map<std::string, std::string> Repositories::refresh(const std::string& name) {
  std::vector<std::pair<DeclaredRepository, Schedule::Ticket>> asked;
  for (auto& repository : declared_repositories(*impl_->store.snapshot().graph)) {
    if (!name.empty() && repository.name != name) continue;
    const auto ticket = impl_->schedule.ask(repository.id);
    asked.emplace_back(std::move(repository), ticket);
  }
  if (!name.empty() && asked.empty()) {
    throw Error(Code::not_found, "RepositoryUnknown",
                fmt::format("there is no repository {}", name));
  }
  std::map<std::string, std::string> errors;
  for (const auto& [repository, ticket] : asked) {
    const auto stop = impl_->stopping.get_token();
    if (!impl_->schedule.await(repository.id, ticket, stop)) refuse_stopped();
    if (auto error = impl_->shelf.error(repository.id); !error.empty()) {
      errors[repository.name] = std::move(error);
    }
  }
  return errors;
}

void Repositories::on_change(std::function<void()> notify) { impl_->notify = std::move(notify); }

}  // namespace town

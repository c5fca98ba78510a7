#include "engine/reconciler.h"

#include <spdlog/spdlog.h>

#include <set>
#include <thread>

#include "engine/queue.h"
#include "engine/report.h"
#include "engine/workers.h"
#include "state/guarded.h"

namespace town {
namespace {

using namespace std::chrono_literals;

/// The reason of a write that was refused before it began (Store::Options::make_room).
constexpr const char* kNoRoom = "DiskFull";
/// When to try again to say what could not be written down.
constexpr auto kSayAgain = 5s;

/// The changes that one pass found for one key, in order.
using KeyChanges = std::vector<Change>;

}  // namespace

struct Reconciler::Impl {
  Impl(Store& store_in, Controller& controller_in, const Options& options_in)
      : store(store_in), controller(controller_in), options(options_in) {
    controller.on_change([shared = queue](const Key* key) {
      if (key) {
        shared->add(*key, false);
      } else {
        shared->add_all();
      }
    });
  }

  void loop(const std::stop_token& stop);
  void follow(const std::stop_token& stop);
  void pass(const Queue::Batch& batch, const std::stop_token& stop);
  std::map<Key, KeyChanges> begin(const View& view, std::map<Key, KeyChanges> changes,
                                  Report& report, const std::stop_token& stop);
  bool prepare(const View& view, const Key& key, KeyChanges& changes, Report& report,
               const std::stop_token& stop);
  void settle(const View& view, std::map<Key, KeyChanges>& changes, Report& report,
              const std::stop_token& stop);
  void dispatch(const View& view, const Key& key, KeyChanges changes);
  void work(const View& view, const KeyChanges& changes, const std::stop_token& stop);
  void wake_after(const Resource& resource, const Key& other);
  void wait_for_users(const Snapshot& snapshot, const Key& key);
  std::optional<std::string> hold(const Snapshot& snapshot, const Change& change);
  KeyChanges held_back(const View& view, KeyChanges changes, Report& report);
  bool make(const View& view, const Change& change, Report& report, const std::stop_token& stop);
  bool say(Report& report);

  [[nodiscard]] bool owns(Kind kind) const {
    const auto kinds = controller.kinds();
    return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
  }

  Store& store;
  Controller& controller;
  Options options;
  /// Shared with what the controller's drivers call: a signal may still come when the loop has
  /// ended.
  std::shared_ptr<Queue> queue = std::make_shared<Queue>();
  /// Keys of ours that wait for another key: an index only; the resync finds what it loses.
  Guarded<std::map<Key, std::set<Key>>> waiting;
  std::unique_ptr<Workers> workers;
  std::unique_ptr<Workers> slow_workers;
  std::jthread follower;
  std::jthread looper;
};

/// Turns what the store says into keys of ours that are due.
void Reconciler::Impl::follow(const std::stop_token& stop) {
  auto watch = store.watch(0);
  while (!stop.stop_requested()) {
    const auto batch = watch.next(std::chrono::steady_clock::now() + 1h, stop);
    if (batch.relist) queue->add_all();
    for (const auto& notice : batch.notices) {
      if (notice.what == Notice::What::event) continue;
      if (notice.what == Notice::What::graph && owns(notice.key.kind)) queue->add(notice.key, true);
      const auto waiters = waiting.with([&](auto& map) {
        auto node = map.extract(notice.key);
        return node ? std::move(node.mapped()) : std::set<Key>{};
      });
      for (const auto& key : waiters) queue->add(key, false);
    }
  }
}

void Reconciler::Impl::loop(const std::stop_token& stop) {
  auto next_resync = std::chrono::steady_clock::now();
  while (!stop.stop_requested()) {
    auto batch = queue->take(next_resync, stop);
    if (stop.stop_requested()) return;
    if (std::chrono::steady_clock::now() >= next_resync) batch.all = true;
    if (batch.all) next_resync = std::chrono::steady_clock::now() + options.resync;
    try {
      pass(batch, stop);
    } catch (const std::exception& error) {
      // The machine could not be looked at: nothing was changed; look again soon.
      spdlog::error("pass failed controller={} error={}", controller.name(), error.what());
      for (const auto& key : batch.keys) queue->add_after(key, 2s);
      if (batch.all) next_resync = std::min(next_resync, std::chrono::steady_clock::now() + 2s);
    }
  }
}

void Reconciler::Impl::pass(const Queue::Batch& batch, const std::stop_token& stop) {
  View view{store.snapshot(), batch.keys, batch.all};
  if (batch.all) {
    view.due.clear();
    for (const auto kind : controller.kinds()) {
      for (const auto& resource : view.snapshot.graph->of(kind)) {
        if (!queue->is_working(resource->key)) view.due.push_back(resource->key);
      }
    }
    if (!std::is_sorted(view.due.begin(), view.due.end())) {
      std::sort(view.due.begin(), view.due.end());
    }
  }
  // What was at work when the machine was looked at may be half seen, even if it is done by now; it
  // is due again then.
  const auto busy = queue->all_working();
  auto plan = controller.plan(view, stop);
  Report report(view.snapshot, std::string(controller.name()));
  for (const auto& sighting : plan.sightings) {
    if (busy.contains(sighting.key)) continue;
    report.see(sighting);
    if (sighting.ready) queue->succeeded(sighting.key);
    if (sighting.again > 0ms) queue->add_after(sighting.key, sighting.again);
    if (sighting.finalized) wait_for_users(view.snapshot, sighting.key);
  }
  for (auto& event : plan.events) report.tell(std::move(event));
  std::map<Key, KeyChanges> changes;
  for (auto& change : plan.changes) {
    if (busy.contains(change.key)) continue;
    if (const auto wait = queue->backoff(change.key); wait > 0ms) {
      // Looked at, so that its status is true, but not touched before its time.
      queue->add_after(change.key, wait);
      continue;
    }
    changes[change.key].push_back(std::move(change));
  }
  auto work = begin(view, std::move(changes), report, stop);
  // Said before it is done: a worker that is quick must have the last word.
  if (!say(report)) {
    for (const auto& key : view.due) queue->add_after(key, kSayAgain);
  }
  for (auto& [key, list] : work) dispatch(view, key, std::move(list));
}

/// False where the store has no room for it. What is to be done goes on all the same, for it may be
/// what makes room; what was seen will be seen again.
bool Reconciler::Impl::say(Report& report) {
  try {
    report.send(store);
  } catch (const Error& error) {
    if (error.reason() != kNoRoom) throw;
    spdlog::warn("not written down controller={} error={}", controller.name(), error.what());
    return false;
  }
  return true;
}

/// The resource is due again when `other` is what it waits for: gone for one that is to go, well
/// for the rest.
void Reconciler::Impl::wake_after(const Resource& resource, const Key& other) {
  waiting.with([&](auto& map) { map[other].insert(resource.key); });
  // It may have come about between the snapshot and the registration.
  const auto now = store.snapshot();
  const bool over = resource.deleting ? !now.graph->find(other) : now.ready(other);
  if (over) queue->add(resource.key, false);
}

/// One that has nothing left to undo still stays as long as something needs it.
void Reconciler::Impl::wait_for_users(const Snapshot& snapshot, const Key& key) {
  const auto resource = snapshot.graph->find(key);
  const auto users = snapshot.graph->dependants(key);
  if (resource && !users.empty()) wake_after(*resource, users.front());
}

/// Why this change must wait, or nothing; remembers what to wake it for.
std::optional<std::string> Reconciler::Impl::hold(const Snapshot& snapshot, const Change& change) {
  const auto resource = snapshot.graph->find(change.key);
  if (!resource) return std::nullopt;
  if (resource->deleting) {
    if (!change.finalizes) return std::nullopt;
    const auto users = snapshot.graph->dependants(change.key);
    if (users.empty()) return std::nullopt;
    wake_after(*resource, users.front());
    return "waiting until " + to_string(users.front()) + " is gone";
  }
  if (!change.waits) return std::nullopt;
  for (const auto& need : resource->needs) {
    if (snapshot.ready(need)) continue;
    wake_after(*resource, need);
    const auto status = snapshot.status(need);
    std::string why = "waiting for " + to_string(need);
    if (const auto* condition = headline(status)) why += ": " + condition->message;
    return why;
  }
  return std::nullopt;
}

/// The changes up to the first that must wait.
KeyChanges Reconciler::Impl::held_back(const View& view, KeyChanges changes, Report& report) {
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const auto why = hold(view.snapshot, changes[i]);
    if (!why) continue;
    report.wait(changes[i].key, *why);
    changes.resize(i);
    break;
  }
  return changes;
}

/// Makes the changes that belong to the loop itself, and returns those for the workers.
std::map<Key, KeyChanges> Reconciler::Impl::begin(const View& view,
                                                  std::map<Key, KeyChanges> changes, Report& report,
                                                  const std::stop_token& stop) {
  for (auto& [key, list] : changes) {
    list = held_back(view, std::move(list), report);
    if (!prepare(view, key, list, report, stop)) list.clear();
  }
  settle(view, changes, report, stop);
  for (auto& [key, list] : changes) {
    std::erase_if(list, [](const Change& change) { return change.stage != Stage::act; });
    if (list.empty()) continue;
    queue->working(key);
    report.begin(list.front());
  }
  std::erase_if(changes, [](const auto& entry) { return entry.second.empty(); });
  return changes;
}

bool Reconciler::Impl::prepare(const View& view, const Key& key, KeyChanges& changes,
                               Report& report, const std::stop_token& stop) {
  bool settled_only = true;
  for (const auto& change : changes) {
    if (change.stage == Stage::act) settled_only = false;
    if (change.stage != Stage::prepare) continue;
    if (!make(view, change, report, stop)) return false;
  }
  // Nothing follows that would look again afterwards.
  if (settled_only && !changes.empty()) queue->add(key, false);
  return true;
}

/// Once for all keys that ask for it.
void Reconciler::Impl::settle(const View& view, std::map<Key, KeyChanges>& changes, Report& report,
                              const std::stop_token& stop) {
  bool made = false;
  for (auto& [key, list] : changes) {
    const auto change = std::find_if(list.begin(), list.end(),
                                     [](const Change& c) { return c.stage == Stage::settle; });
    if (change == list.end()) continue;
    if (!made && !make(view, *change, report, stop)) {
      // None of them may go on: they all rest on it.
      for (auto& [other, rest] : changes) {
        if (std::any_of(rest.begin(), rest.end(),
                        [](const Change& c) { return c.stage == Stage::settle; })) {
          if (other != key) queue->add_after(other, 1s);
          rest.clear();
        }
      }
      return;
    }
    made = true;
  }
}

void Reconciler::Impl::dispatch(const View& view, const Key& key, KeyChanges changes) {
  auto& pool = changes.front().slow ? slow_workers : workers;
  auto job = [this, view, key, list = std::move(changes)](const std::stop_token& stop) {
    try {
      work(view, list, stop);
    } catch (const Error& error) {
      // The store is broken: what was done will be seen again by whoever opens it anew.
      spdlog::error("not written down controller={} key={} error={}", controller.name(),
                    to_string(key), error.what());
    }
    queue->done(key);
    queue->add(key, false);
  };
  if (pool) {
    pool->add(std::move(job));
  } else {
    job({});
  }
}

void Reconciler::Impl::work(const View& view, const KeyChanges& changes,
                            const std::stop_token& stop) {
  // What the pass has just said of this key is the status to go on from, not what it began with.
  Report report(store.snapshot(), std::string(controller.name()));
  for (const auto& change : changes) {
    if (!make(view, change, report, stop)) break;
  }
  say(report);
}

/// Makes one change; on failure the key backs off and its status says why.
bool Reconciler::Impl::make(const View& view, const Change& change, Report& report,
                            const std::stop_token& stop) {
  const auto progress = [&](const std::string& message) {
    Report interim(store.snapshot(), std::string(controller.name()));
    interim.progress(change, message);
    say(interim);
  };
  const auto failed = [&](Code code, const std::string& reason, const std::string& message) {
    if (stop.stop_requested()) return;
    const auto delay = queue->failed(change.key);
    report.fail(change, code, reason, message, delay);
    const auto level = code == Code::internal ? spdlog::level::err : spdlog::level::warn;
    spdlog::log(level, "change failed controller={} key={} action={} reason={} error={}",
                controller.name(), to_string(change.key), change.action, reason, message);
  };
  try {
    controller.apply(change, view, progress, stop);
  } catch (const Error& error) {
    if (change.once.empty() || error.code() != Code::remote) {
      failed(error.code(), error.reason(), error.what());
      return false;
    }
    spdlog::warn("failed once and for all controller={} key={} action={} reason={}",
                 controller.name(), to_string(change.key), change.action, error.reason());
    report.missed(change, error.reason(), error.what());
    return true;
  } catch (const std::exception& error) {
    failed(Code::internal, "InternalError", error.what());
    return false;
  }
  spdlog::info("changed controller={} key={} action={} reason={}", controller.name(),
               to_string(change.key), change.action, change.reason);
  report.done(change);
  if (change.repair && queue->repaired(change.key)) {
    spdlog::warn("repaired too often controller={} key={}", controller.name(),
                 to_string(change.key));
  }
  return true;
}

Reconciler::Reconciler(Store& store, Controller& controller, const Options& options)
    : impl_(std::make_unique<Impl>(store, controller, options)) {}

Reconciler::~Reconciler() { stop(); }

void Reconciler::start() {
  impl_->workers = std::make_unique<Workers>(impl_->options.workers);
  impl_->slow_workers = std::make_unique<Workers>(impl_->options.slow_workers);
  impl_->follower = std::jthread([this](const std::stop_token& stop) { impl_->follow(stop); });
  impl_->looper = std::jthread([this](const std::stop_token& stop) { impl_->loop(stop); });
}

void Reconciler::stop() {
  impl_->looper = {};
  impl_->follower = {};
  impl_->slow_workers.reset();
  impl_->workers.reset();
}

void Reconciler::pass() { impl_->pass({{}, true}, {}); }

}  // namespace town

#include "api/await.h"

#include <algorithm>
#include <iterator>

namespace town::api {
namespace {

using namespace std::chrono_literals;
using SteadyTime = std::chrono::steady_clock::time_point;

/// How often a listener hears from us while nothing changes.
constexpr auto kHeartbeat = 1s;

bool only_units_lag(const Snapshot& snapshot, const Key& declared) {
  const auto owned = snapshot.graph->owned_by(declared);
  return std::all_of(owned.begin(), owned.end(), [&](const ResourcePtr& part) {
    return part->key.kind == Kind::unit || snapshot.ready(part->key);
  });
}

/// Everything is as it was asked for, and yet something is wrong with it: an app over its quota.
bool in_place(const Snapshot& snapshot, const Key& declared, const Key& culprit) {
  const auto owned = snapshot.graph->owned_by(declared);
  return snapshot.ready(culprit) &&
         std::all_of(owned.begin(), owned.end(),
                     [&](const ResourcePtr& part) { return snapshot.ready(part->key); });
}

Assessment assess_one(const Snapshot& snapshot, const Key& key) {
  const auto how = outcome(snapshot, key);
  switch (how.word) {
    case Outcome::Word::ready:
    case Outcome::Word::gone:
      return {{Verdict::Word::done, ""}, false};
    case Outcome::Word::progressing:
      return {};
    case Outcome::Word::degraded:
    case Outcome::Word::stalled:
      break;
  }
  if (in_place(snapshot, key, how.culprit)) return {{Verdict::Word::done, how.message}, false};
  const auto culprit = snapshot.graph->find(how.culprit);
  if (culprit && culprit->key.kind == Kind::unit && !culprit->deleting) {
    if (!only_units_lag(snapshot, key)) return {};
    return {{Verdict::Word::done, how.message}, false};
  }
  return {{Verdict::Word::failed, how.message}, how.word == Outcome::Word::degraded};
}

/// Holds back a failure that may still mend itself until it has lasted for the grace.
class Patience {
 public:
  explicit Patience(std::chrono::seconds grace) : grace_(grace) {}

  [[nodiscard]] Verdict judge(const Assessment& seen, SteadyTime now) {
    if (!seen.degraded) {
      since_.reset();
      return seen.verdict;
    }
    if (!since_) since_ = now;
    if (now - *since_ >= grace_) return seen.verdict;
    return {};
  }

 private:
  std::chrono::seconds grace_;
  std::optional<SteadyTime> since_;
};

bool is_wanted(const Snapshot& snapshot, const Key& key) {
  const auto resource = snapshot.graph->find(key);
  return resource && !resource->deleting;
}

/// What was wanted when the wait began and is not any more: somebody else has asked otherwise.
std::optional<Verdict> taken_back(const Snapshot& snapshot, const std::vector<Key>& wanted) {
  for (const auto& key : wanted) {
    if (is_wanted(snapshot, key)) continue;
    return Verdict{Verdict::Word::failed, key.name + " was removed while this was under way"};
  }
  return std::nullopt;
}

}  // namespace

Assessment assess(const Snapshot& snapshot, const std::vector<Key>& keys) {
  Assessment all{{Verdict::Word::done, ""}, false};
  for (const auto& key : keys) {
    auto one = assess_one(snapshot, key);
    if (one.verdict.word == Verdict::Word::failed && !one.degraded) return one;
    if (one.verdict.word == Verdict::Word::failed) {
      all = std::move(one);
    } else if (all.verdict.word == Verdict::Word::done) {
      if (one.verdict.message.empty()) one.verdict.message = all.verdict.message;
      all.verdict = std::move(one.verdict);
    }
  }
  return all;
}

Verdict await_settled(Store& store, const std::vector<Key>& keys, Revision revision,
                      const AwaitOptions& options, const Progress& progress) {
  Patience patience(options.grace);
  auto watch = store.watch(revision);
  std::vector<Key> wanted;
  std::copy_if(keys.begin(), keys.end(), std::back_inserter(wanted),
               [now = store.snapshot()](const Key& key) { return is_wanted(now, key); });
  for (;;) {
    const auto snapshot = store.snapshot();
    const auto now = std::chrono::steady_clock::now();
    if (auto over = taken_back(snapshot, wanted)) return *std::move(over);
    const auto verdict = patience.judge(assess(snapshot, keys), now);
    if (!progress(snapshot) || verdict.word != Verdict::Word::waiting) return verdict;
    if (now >= options.deadline || options.stop.stop_requested()) return {};
    watch.next(std::min(options.deadline, now + kHeartbeat), options.stop);
  }
}

}  // namespace town::api

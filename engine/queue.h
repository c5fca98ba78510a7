// Which keys a loop must look at, and when: de-duplicated, never one key twice at once, each with
// its own backoff. Guards itself; any thread may call it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <stop_token>
#include <vector>

#include "state/key.h"

namespace town {

class Queue {
 public:
  using Steady = std::chrono::steady_clock;

  /// `now` is the clock of backoff and delays; tests give their own.
  explicit Queue(std::function<Steady::time_point()> now = Steady::now);

  /// Look at this key as soon as may be. `fresh`: something about its wish changed, so the backoff
  /// of the old wish is forgotten.
  void add(const Key& key, bool fresh);
  /// Look at it after `delay`; an earlier time that is already set stands.
  void add_after(const Key& key, std::chrono::milliseconds delay);
  /// Look at everything.
  void add_all();

  struct Batch {
    std::vector<Key> keys;  ///< sorted
    bool all = false;
  };

  /// Waits for keys whose time has come and that are not being worked on, until `deadline`. Those
  /// in backoff come too where something was heard of them.
  Batch take(Steady::time_point deadline, const std::stop_token& stop);

  /// From now until `done`, take() leaves the key alone; adding it meanwhile is remembered.
  void working(const Key& key);
  void done(const Key& key);
  [[nodiscard]] bool is_working(const Key& key) const;
  [[nodiscard]] std::set<Key> all_working() const;

  /// It failed: due again after 1 s, doubling to 5 min, plus or minus a fifth (architecture 6).
  /// Returns the delay.
  std::chrono::milliseconds failed(const Key& key);
  /// It is well: the next failure starts from 1 s again, unless it had to be repaired within the
  /// last minute: what crashes as soon as it is up must not be tried for ever at full speed.
  void succeeded(const Key& key);
  /// The machine had drifted and was put right. The fourth time within a minute counts as a failure
  /// (true): somebody else keeps undoing it, or a program keeps crashing, and a loop must not spin.
  bool repaired(const Key& key);
  /// How long it still waits out a failure, 0 where it does not. It may be looked at meanwhile, but
  /// nothing is to be changed.
  [[nodiscard]] std::chrono::milliseconds backoff(const Key& key) const;

 private:
  struct Backoff {
    int failures = 0;
    Steady::time_point until;
  };

  std::function<Steady::time_point()> now_;
  mutable std::mutex mutex_;
  std::condition_variable_any wake_;
  std::map<Key, Steady::time_point> due_;
  std::set<Key> working_;
  std::map<Key, Backoff> backoff_;
  std::map<Key, std::deque<Steady::time_point>> repairs_;
  bool all_ = false;
  std::uint64_t version_ = 0;  ///< counts whatever may end a wait
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace town

// Waits until the loops have made an intent real, by watching the store and never by the clock.
// Any thread; holds the one it is called on.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "state/store.h"

namespace town::api {

/// How far a set of declared resources has come.
struct Verdict {
  enum class Word { waiting, done, failed };
  Word word = Word::waiting;
  std::string message;  ///< why it failed, or what does not run although all else is done
};

/// Done: each key is Ready or gone, or all it owns but its units is Ready and those were tried: a
/// service that does not start fails no install. Failed: something else is Stalled, or is Degraded;
/// the caller decides how long that may last (`degraded`).
struct Assessment {
  Verdict verdict;
  bool degraded = false;  ///< `failed` only in so far as it is not mended soon
};
Assessment assess(const Snapshot& snapshot, const std::vector<Key>& keys);

struct AwaitOptions {
  std::chrono::steady_clock::time_point deadline;
  /// How long something may be Degraded, and be tried again by its loop, before that is the answer.
  std::chrono::seconds grace{15};
  std::stop_token stop;
};

/// Called at every look at the store, and about each second. False: nobody listens, stop waiting.
using Progress = std::function<bool(const Snapshot& snapshot)>;

/// The verdict, or `waiting` where the deadline passed, stop was asked for, or nobody listens.
/// `revision` is the one that the intent got.
Verdict await_settled(Store& store, const std::vector<Key>& keys, Revision revision,
                      const AwaitOptions& options, const Progress& progress);

}  // namespace town::api

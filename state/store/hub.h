// The moment that readers see, and the changes that led to it: the last revisions' notices in a
// ring, which watches follow. Inside state/ only; any thread. Shared by the store and its watches,
// which may outlive it.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <stop_token>
#include <vector>

#include "state/store.h"

namespace town::store {

class Hub {
 public:
  /// How many notices a watch may lag behind before it must look at everything.
  static constexpr std::size_t kRing = 16'384;

  explicit Hub(Snapshot first);

  [[nodiscard]] Snapshot snapshot() const;

  /// Shows the moment and tells of what changed. Revisions only rise.
  void publish(Snapshot now, std::vector<Notice> notices);

  /// What happened after `position` (none: it has never looked), which it moves on; see
  /// Watch::next.
  Watch::Batch next(std::optional<Revision>& position,
                    std::chrono::steady_clock::time_point deadline, const std::stop_token& stop);

 private:
  [[nodiscard]] bool lost(std::optional<Revision> position) const;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  Snapshot now_;
  std::deque<Notice> ring_;
  Revision complete_after_;  // every notice of a later revision is in the ring
  Revision last_told_;       // the revision of the last notice
};

}  // namespace town::store

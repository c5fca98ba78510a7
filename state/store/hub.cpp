#include "state/store/hub.h"

#include <algorithm>

namespace town::store {

Hub::Hub(Snapshot first)
    : now_(std::move(first)), complete_after_(now_.revision), last_told_(now_.revision) {}

Snapshot Hub::snapshot() const {
  const std::lock_guard lock(mutex_);
  return now_;
}

void Hub::publish(Snapshot now, std::vector<Notice> notices) {
  const bool told = !notices.empty();
  {
    const std::lock_guard lock(mutex_);
    // What was shown before is freed after the lock is let go.
    std::swap(now_, now);
    if (told) last_told_ = notices.back().revision;
    for (auto& notice : notices) ring_.push_back(std::move(notice));
    while (ring_.size() > kRing) {
      complete_after_ = ring_.front().revision;
      ring_.pop_front();
    }
  }
  if (told) changed_.notify_all();
}

/// A watch that has never looked, that lags too far, or that comes from a later time than ours.
bool Hub::lost(std::optional<Revision> position) const {
  return !position || *position < complete_after_ || *position > now_.revision;
}

Watch::Batch Hub::next(std::optional<Revision>& position,
                       std::chrono::steady_clock::time_point deadline,
                       const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  Watch::Batch batch;
  changed_.wait_until(lock, stop, deadline,
                      [&] { return lost(position) || last_told_ > *position; });
  if (lost(position)) {
    batch.relist = true;
  } else {
    const auto first = std::partition_point(ring_.begin(), ring_.end(), [&](const Notice& notice) {
      return notice.revision <= *position;
    });
    batch.notices.assign(first, ring_.end());
  }
  position.emplace(now_.revision);
  batch.revision = *position;
  return batch;
}

}  // namespace town::store

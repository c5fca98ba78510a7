#include "engine/queue.h"

#include <algorithm>
#include <utility>

namespace town {
namespace {

constexpr std::chrono::milliseconds kFirstDelay{1'000};
constexpr std::chrono::milliseconds kLongestDelay{300'000};
constexpr std::chrono::seconds kRepairWindow{60};
constexpr std::size_t kRepairsAllowed = 3;

}  // namespace

Queue::Queue(std::function<Steady::time_point()> now) : now_(std::move(now)) {}

void Queue::add(const Key& key, bool fresh) {
  {
    const std::lock_guard lock(mutex_);
    if (fresh) backoff_.erase(key);
    auto& when = due_.try_emplace(key, now_()).first->second;
    when = std::min(when, now_());
    ++version_;
  }
  wake_.notify_all();
}

void Queue::add_after(const Key& key, std::chrono::milliseconds delay) {
  {
    const std::lock_guard lock(mutex_);
    const auto when = now_() + delay;
    auto& stored = due_.try_emplace(key, when).first->second;
    stored = std::min(stored, when);
    ++version_;
  }
  wake_.notify_all();
}

void Queue::add_all() {
  {
    const std::lock_guard lock(mutex_);
    all_ = true;
    ++version_;
  }
  wake_.notify_all();
}

Queue::Batch Queue::take(Steady::time_point deadline, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  Batch batch;
  while (!stop.stop_requested()) {
    const auto now = now_();
    auto next = deadline;
    for (auto at = due_.begin(); at != due_.end();) {
      const auto when = at->second;
      if (working_.contains(at->first)) {
        ++at;
      } else if (when <= now) {
        batch.keys.push_back(at->first);
        at = due_.erase(at);
      } else {
        next = std::min(next, when);
        ++at;
      }
    }
    batch.all = std::exchange(all_, false);
    if (batch.all || !batch.keys.empty() || now >= deadline) break;
    const auto seen = version_;
    wake_.wait_until(lock, stop, next, [&] { return version_ != seen; });
  }
  return batch;
}

void Queue::working(const Key& key) {
  const std::lock_guard lock(mutex_);
  working_.insert(key);
}

void Queue::done(const Key& key) {
  {
    const std::lock_guard lock(mutex_);
    working_.erase(key);
    ++version_;
  }
  wake_.notify_all();
}

bool Queue::is_working(const Key& key) const {
  const std::lock_guard lock(mutex_);
  return working_.contains(key);
}

std::set<Key> Queue::all_working() const {
  const std::lock_guard lock(mutex_);
  return working_;
}

std::chrono::milliseconds Queue::failed(const Key& key) {
  std::chrono::milliseconds delay{};
  {
    const std::lock_guard lock(mutex_);
    auto& backoff = backoff_[key];
    const auto shift = std::min(backoff.failures++, 9);
    delay = std::min(kFirstDelay * (1 << shift), kLongestDelay);
    std::uniform_int_distribution<std::int64_t> jitter(-delay.count() / 5, delay.count() / 5);
    delay += std::chrono::milliseconds(jitter(random_));
    backoff.until = now_() + delay;
    due_[key] = backoff.until;
    ++version_;
  }
  wake_.notify_all();
  return delay;
}

void Queue::succeeded(const Key& key) {
  const std::lock_guard lock(mutex_);
  const auto repairs = repairs_.find(key);
  const bool calm = repairs == repairs_.end() || repairs->second.empty() ||
                    now_() - repairs->second.back() > kRepairWindow;
  if (!calm) return;
  backoff_.erase(key);
  repairs_.erase(key);
}

bool Queue::repaired(const Key& key) {
  {
    const std::lock_guard lock(mutex_);
    auto& times = repairs_[key];
    const auto now = now_();
    while (!times.empty() && now - times.front() > kRepairWindow) times.pop_front();
    times.push_back(now);
    if (times.size() <= kRepairsAllowed) return false;
  }
  failed(key);
  return true;
}

std::chrono::milliseconds Queue::backoff(const Key& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = backoff_.find(key);
  if (found == backoff_.end() || found->second.until <= now_()) return {};
  return std::chrono::ceil<std::chrono::milliseconds>(found->second.until - now_());
}

}  // namespace town

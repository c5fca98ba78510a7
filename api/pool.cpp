#include "api/pool.h"

namespace town::api {

ElasticPool::ElasticPool(std::size_t fewest, std::size_t most, std::chrono::seconds linger)
    : fewest_(fewest), most_(most), linger_(linger) {}

ElasticPool::~ElasticPool() { shutdown(); }

bool ElasticPool::add(std::function<void()> work) {
  std::unique_lock lock(mutex_);
  if (closing_) return false;
  queue_.push_back(std::move(work));
  join_ended(lock);
  if (idle_ < queue_.size() && threads_.size() < most_) {
    const auto self = threads_.emplace(threads_.end());
    *self = std::thread([this, self] { this->work(self); });
  }
  lock.unlock();
  wake_.notify_one();
  return true;
}

void ElasticPool::work(Threads::iterator self) {
  std::unique_lock lock(mutex_);
  const auto something = [this] { return closing_ || !queue_.empty(); };
  for (;;) {
    ++idle_;
    const bool woken = wake_.wait_for(lock, linger_, something);
    --idle_;
    if (!woken && threads_.size() > fewest_) break;
    if (queue_.empty()) {
      if (closing_) break;
      continue;
    }
    const auto task = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    task();
    lock.lock();
  }
  ended_.splice(ended_.end(), threads_, self);
}

void ElasticPool::join_ended(std::unique_lock<std::mutex>& lock) {
  Threads ended;
  ended.swap(ended_);
  lock.unlock();
  for (auto& thread : ended) thread.join();
  lock.lock();
}

void ElasticPool::shutdown() {
  std::unique_lock lock(mutex_);
  closing_ = true;
  wake_.notify_all();
  while (!threads_.empty() || !ended_.empty()) {
    if (!ended_.empty()) {
      join_ended(lock);
      continue;
    }
    auto& thread = threads_.front();
    lock.unlock();
    thread.join();
    lock.lock();
    ended_.remove_if([](const std::thread& each) { return !each.joinable(); });
  }
}

std::size_t ElasticPool::threads() const {
  const std::lock_guard lock(mutex_);
  return threads_.size();
}

}  // namespace town::api

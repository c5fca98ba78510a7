// Threads for connections: as many as there is work for, within bounds. Used by the server alone;
// any thread may add work.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace town::api {

/// Each connection holds a thread while it is open, and browsers hold several: a fixed small pool
/// would let a few idle tabs lock everybody out, a large one would cost memory on a quiet box.
class ElasticPool {
 public:
  ElasticPool(std::size_t fewest, std::size_t most, std::chrono::seconds linger);
  ElasticPool(const ElasticPool&) = delete;
  ElasticPool& operator=(const ElasticPool&) = delete;
  ~ElasticPool();

  /// Runs `work` on a thread of the pool; false after shutdown().
  bool add(std::function<void()> work);

  /// Finishes what was added, then ends all threads.
  void shutdown();

  [[nodiscard]] std::size_t threads() const;

 private:
  using Threads = std::list<std::thread>;

  void work(Threads::iterator self);
  void join_ended(std::unique_lock<std::mutex>& lock);

  const std::size_t fewest_;
  const std::size_t most_;
  const std::chrono::seconds linger_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_;
  Threads threads_;
  Threads ended_;  ///< to be joined by the next that comes along
  std::size_t idle_ = 0;
  bool closing_ = false;
};

}  // namespace town::api

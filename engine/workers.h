// A few threads that run jobs in the order given. Owned by one reconciler; any thread may add.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace town {

class Workers {
 public:
  using Job = std::function<void(const std::stop_token&)>;

  explicit Workers(int threads);
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  /// Asks running jobs to stop, drops waiting ones, and joins.
  ~Workers();

  void add(Job job);

 private:
  void work(const std::stop_token& stop);

  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::deque<Job> jobs_;
  std::vector<std::jthread> threads_;
};

}  // namespace town

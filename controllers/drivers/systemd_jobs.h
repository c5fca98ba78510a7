// Ended jobs, for those who wait for one. Owned by the systemd driver; any thread. A result is kept
// only while somebody waits: a job may end before the reply to StartUnit tells its name.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>

namespace town {

class SystemdJobs {
 public:
  class Waiter {
   public:
    explicit Waiter(SystemdJobs& jobs) : jobs_(jobs) {
      const std::lock_guard lock(jobs_.mutex_);
      ++jobs_.waiters_;
    }
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    ~Waiter() {
      const std::lock_guard lock(jobs_.mutex_);
      if (--jobs_.waiters_ == 0) jobs_.ended_.clear();
    }

    /// The job's result; empty after the deadline, a stop request, or when signals may have been
    /// missed and the caller has to look for itself.
    std::string wait(const std::string& job, std::chrono::steady_clock::time_point deadline,
                     const std::stop_token& stop) {
      std::unique_lock lock(jobs_.mutex_);
      const auto seen = jobs_.missed_;
      jobs_.changed_.wait_until(lock, stop, deadline, [&] {
        return jobs_.ended_.contains(job) || jobs_.missed_ != seen;
      });
      const auto found = jobs_.ended_.find(job);
      return found == jobs_.ended_.end() ? "" : found->second;
    }

   private:
    SystemdJobs& jobs_;
  };

  /// A job ended with this result.
  void ended(const std::string& job, const std::string& result) {
    {
      const std::lock_guard lock(mutex_);
      if (waiters_ > 0) ended_[job] = result;
    }
    changed_.notify_all();
  }

  /// Signals may have been missed: those who wait are to look for themselves.
  void missed() {
    {
      const std::lock_guard lock(mutex_);
      ++missed_;
    }
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::string, std::string> ended_;
  std::uint64_t missed_ = 0;
  int waiters_ = 0;
};

}  // namespace town

// Wall time and processor time of the calling thread. A value; belongs to one thread.
#pragma once

#include <sys/resource.h>

#include <chrono>
#include <ctime>
#include <nlohmann/json.hpp>

namespace town::bench {

/// Seconds on one of the kernel's clocks.
inline double seconds_on(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// Processor seconds of all children that have ended and been waited for.
inline double children_seconds() {
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

class Stopwatch {
 public:
  /// {"wall": seconds, "cpu": processor seconds of this thread and of the children it waited for}.
  [[nodiscard]] nlohmann::json read() const {
    return {{"wall", seconds_on(CLOCK_MONOTONIC) - wall_},
            {"cpu", seconds_on(CLOCK_THREAD_CPUTIME_ID) + children_seconds() - cpu_}};
  }

 private:
  double wall_ = seconds_on(CLOCK_MONOTONIC);
  double cpu_ = seconds_on(CLOCK_THREAD_CPUTIME_ID) + children_seconds();
};

/// What `work` cost.
template <typename F>
nlohmann::json timed(F&& work) {
  const Stopwatch watch;
  work();
  return watch.read();
}

}  // namespace town::bench

// A value that threads share, reachable only under its lock.
#pragma once

#include <mutex>
#include <utility>

namespace town {

template <typename T>
class Guarded {
 public:
  Guarded() = default;
  explicit Guarded(T value) : value_(std::move(value)) {}

  /// Runs `use` on the value while holding the lock, and returns what it returns. `use` must not
  /// call into another component: no lock is held across components.
  template <typename F>
  auto with(F&& use) {
    const std::lock_guard lock(mutex_);
    return std::forward<F>(use)(value_);
  }

  template <typename F>
  auto with(F&& use) const {
    const std::lock_guard lock(mutex_);
    return std::forward<F>(use)(value_);
  }

 private:
  mutable std::mutex mutex_;
  T value_;
};

}  // namespace town

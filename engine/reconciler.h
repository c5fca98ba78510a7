// The loop around a controller: due keys in, one plan for all of them, what must wait held back,
// the rest applied, status and events out in one batch. Ordering lives here and nowhere else. Owned
// by townd's main; start and stop from there.
#pragma once

#include <chrono>
#include <memory>

#include "engine/controller.h"
#include "state/store.h"

namespace town {

class Reconciler {
 public:
  struct Options {
    std::chrono::milliseconds resync{60'000};  ///< look at everything at least this often
    int workers = 4;                           ///< changes at once
    int slow_workers = 2;                      ///< changes at once that may take minutes
  };

  Reconciler(Store& store, Controller& controller, const Options& options);
  Reconciler(Store& store, Controller& controller) : Reconciler(store, controller, Options()) {}
  Reconciler(const Reconciler&) = delete;
  Reconciler& operator=(const Reconciler&) = delete;
  ~Reconciler();

  void start();
  /// Returns when no change is being made any more.
  void stop();

  /// One pass over everything, on the caller's thread, with all changes made before it returns;
  /// instead of start(), for tests that step.
  void pass();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace town

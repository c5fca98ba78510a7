// The machine that a daemon works on, real or in memory, and the loops that keep it. Owned by
// townd's main; start and stop from there.
#pragma once

#include <memory>

#include "api/cmd/options.h"
#include "controllers/disk/keeper.h"
#include "engine/ports.h"
#include "state/store.h"

namespace town {

class Machine {
 public:
  struct Impl;
  explicit Machine(std::unique_ptr<Impl> impl);
  Machine(Machine&&) noexcept;
  Machine& operator=(Machine&&) = delete;
  ~Machine();

  [[nodiscard]] Host& host();
  [[nodiscard]] Units& units();
  [[nodiscard]] Logs& logs();
  /// Makes room for the store.
  [[nodiscard]] disk::Keeper& keeper();

  /// Looks whether the machine is one to work on, before anything else of it is touched.
  void prepare();
  /// Begins to make the machine what the store says; the store must outlive stop().
  void start(Store& store);
  /// Returns when no change is being made any more.
  void stop();

 private:
  std::unique_ptr<Impl> impl_;
};

/// Throws Error{unavailable, NotBtrfs} where the data cannot hold volumes.
Machine make_machine(const DaemonOptions& options);

}  // namespace town

// All of townd: store, engine, repositories, machine and server, made in order and stopped in
// reverse. Owned by main, on its thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "api/cmd/options.h"

namespace town {

class Daemon {
 public:
  /// Opens everything and serves nothing yet. Throws Error with a sentence for whoever started it.
  /// `on_store_broken` is called from any thread, once, when the store could not be written: only
  /// opening it anew mends that, so the daemon is then to end as soon as can_start_anew(). Reading
  /// and what runs go on meanwhile.
  Daemon(const DaemonOptions& options, std::function<void()> on_store_broken);
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  ~Daemon();

  /// Begins to serve and to reconcile.
  void start();
  /// Ends streams, finishes what is under way, and stops.
  void stop();

  /// Whether the disk has room for a store to be opened; gives up what is kept back for that.
  [[nodiscard]] bool can_start_anew();

  /// "http://0.0.0.0:5309", with the port that was really taken.
  [[nodiscard]] std::string address() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace town

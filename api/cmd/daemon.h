// All of townd: store, engine, repositories, machine and server, made in order and stopped in
// reverse. Owned by main, on its thread.
#pragma once

#include <memory>
#include <string>

#include "api/cmd/options.h"

namespace town {

class Daemon {
 public:
  /// Opens everything and serves nothing yet. Throws Error with a sentence for whoever started it.
  explicit Daemon(const DaemonOptions& options);
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  ~Daemon();

  /// Begins to serve and to reconcile.
  void start();
  /// Ends streams, finishes what is under way, and stops.
  void stop();

  /// Whether to end and be started again: the store could not be written, which only opening it
  /// anew mends, and the disk has room for that. On a full disk reading goes on meanwhile.
  [[nodiscard]] bool must_start_anew() const;

  /// "http://0.0.0.0:5309", with the port that was really taken.
  [[nodiscard]] std::string address() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace town

// townd: the daemon. This file starts it, tells who asked that it serves, waits for a signal, and
// stops it.
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <systemd/sd-daemon.h>

#include <csignal>
#include <iostream>

#include "api/cmd/daemon.h"
#include "state/error.h"

namespace {

/// Blocked in every thread that is made from now on, so that main alone hears them.
sigset_t take_signals() {
  std::signal(SIGPIPE, SIG_IGN);  // a client that goes is an error of its write, not our end
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

void log_to_stderr(const std::string& level) {
  spdlog::set_default_logger(spdlog::stderr_logger_mt("townd"));
  spdlog::set_level(spdlog::level::from_str(level));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
}

/// How often a store that broke is noticed; nothing else is looked at then.
constexpr timespec kLookAgain{2, 0};

/// The signal that ends us, or 0 where we have to be started again.
int wait_for_end(const town::Daemon& daemon, const sigset_t& signals) {
  for (;;) {
    const int signal = sigtimedwait(&signals, nullptr, &kLookAgain);
    if (signal > 0) return signal;
    if (daemon.must_start_anew()) return 0;
  }
}

int serve(const town::DaemonOptions& options, const sigset_t& signals) {
  town::Daemon daemon(options);
  daemon.start();
  std::cout << "listening on " << daemon.address() << std::endl;
  sd_notify(0, "READY=1");
  const int signal = wait_for_end(daemon, signals);
  if (signal > 0) {
    spdlog::info("stopping signal={}", signal);
  } else {
    spdlog::error("the store could not be written; ending, so that it is opened anew");
  }
  sd_notify(0, "STOPPING=1");
  daemon.stop();
  return signal > 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    const auto signals = take_signals();
    const auto options = town::parse_options(count, arguments);
    if (!options) return 0;
    log_to_stderr(options->log_level);
    return serve(*options, signals);
  } catch (const town::Error& error) {
    std::cerr << "townd: " << error.what() << "\n";
    return error.reason() == "WrongUsage" ? 2 : 1;
  } catch (const std::exception& error) {
    std::cerr << "townd: " << error.what() << "\n";
    return 1;
  }
}

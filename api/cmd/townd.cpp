// townd: the daemon. This file starts it, tells who asked that it serves, waits for a signal, and
// stops it.
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <csignal>
#include <iostream>

#include "api/cmd/daemon.h"
#include "state/error.h"

namespace {

/// Ours to ourselves: it wakes main, which otherwise sleeps for good.
constexpr int kStoreBroke = SIGUSR1;

/// How often a full disk is looked at, once the store broke on it.
constexpr timespec kLookAgain{2, 0};

/// Blocked in every thread that is made from now on, so that main alone hears them.
sigset_t take_signals() {
  std::signal(SIGPIPE, SIG_IGN);  // a client that goes is an error of its write, not our end
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, kStoreBroke);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

void log_to_stderr(const std::string& level) {
  spdlog::set_default_logger(spdlog::stderr_logger_mt("townd"));
  spdlog::set_level(spdlog::level::from_str(level));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
}

/// The signal that ends us. A store that broke on a full disk ends us when there is room again, if
/// need be that which was kept back: before, nothing but reading would work in our successor
/// either.
int wait_for_end(town::Daemon& daemon, const sigset_t& signals) {
  int signal = 0;
  sigwait(&signals, &signal);
  if (signal != kStoreBroke) return signal;
  spdlog::error("the store could not be written; it is opened anew as soon as the disk has room");
  while (!daemon.can_start_anew()) {
    const int next = sigtimedwait(&signals, nullptr, &kLookAgain);
    if (next > 0 && next != kStoreBroke) return next;
  }
  return kStoreBroke;
}

int serve(const town::DaemonOptions& options, const sigset_t& signals) {
  town::Daemon daemon(options, [] { kill(getpid(), kStoreBroke); });
  daemon.start();
  std::cout << "listening on " << daemon.address() << std::endl;
  sd_notify(0, "READY=1");
  const int signal = wait_for_end(daemon, signals);
  spdlog::info("stopping signal={}", signal);
  sd_notify(0, "STOPPING=1");
  daemon.stop();
  return signal == kStoreBroke ? 1 : 0;  // whoever started us starts another
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

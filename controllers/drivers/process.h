// Runs other programs: argument vectors only, always with a deadline. Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace town {

struct ProcessResult {
  int exit_code = 0;  ///< 128 + signal where a signal ended it
  std::string out;
  std::string err;
};

struct ProcessOptions {
  /// Then the whole process group gets SIGTERM and, 2 s later, SIGKILL.
  std::chrono::milliseconds deadline{30'000};
  /// The same for a program that for so long neither printed anything nor read or wrote 4 KiB
  /// (counted by /proc/<pid>/io, so that a silent download is no stall); 0 is never.
  std::chrono::milliseconds stall{0};
  std::string input;                     ///< for its stdin; may hold secrets, argv may not
  int output = -1;                       ///< where its stdout goes; negative: it is kept
  std::vector<std::string> environment;  ///< "KEY=value"; added to PATH, HOME and LANG=C.UTF-8
  std::size_t output_limit = 1 << 20;  ///< bytes kept of each stream; the rest is read and dropped
  std::function<void(const std::string& line)> on_output_line;  ///< the same of stdout
  /// Each line of stderr as it comes, on the calling thread; at most 4 KiB of a line.
  std::function<void(const std::string& line)> on_error_line;
};

/// Runs `argv` (looked up in PATH) in a process group of its own and waits for its end; children
/// that it leaves behind are not waited for. A program that cannot be started, overruns its
/// deadline or is interrupted by `stop` throws Error{unavailable} with reason NotStarted, TimedOut
/// or Stopped; its exit code is an answer and does not throw.
ProcessResult run(const std::vector<std::string>& argv, const ProcessOptions& options,
                  const std::stop_token& stop);

/// Path of a program of ours that is installed with this one. Throws Error{unavailable,
/// NotInstalled} where it is not there.
std::filesystem::path program_beside_us(const std::string& name);

/// How many programs `run` has started in this process; for tests that count them.
std::uint64_t processes_started();

}  // namespace town

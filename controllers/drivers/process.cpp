#include "controllers/drivers/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "controllers/drivers/descriptor.h"
#include "state/error.h"

namespace town {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kGrace{2'000};  // between SIGTERM and SIGKILL
constexpr std::size_t kLineLimit = 4096;
// An idle runtime wakes itself through an eventfd now and then; that is no work.
constexpr std::uint64_t kMovement = 4096;
constexpr const char* kDefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::atomic<std::uint64_t> started{0};

Error not_started(const std::string& program, int error) {
  return {Code::unavailable, "NotStarted",
          fmt::format("{} could not be started: {}.", program, std::strerror(error))};
}

/// stdin: nothing, or the input in a memory file (a pipe could fill up, or raise SIGPIPE).
Descriptor input_of(const std::string& input) {
  if (input.empty()) return Descriptor(open("/dev/null", O_RDONLY | O_CLOEXEC));
  Descriptor file(memfd_create("input", MFD_CLOEXEC));
  for (std::size_t done = 0; file && done < input.size();) {
    const ssize_t count = write(file.get(), input.data() + done, input.size() - done);
    if (count < 0 && errno != EINTR) return {};
    if (count > 0) done += static_cast<std::size_t>(count);
  }
  if (file) lseek(file.get(), 0, SEEK_SET);
  return file;
}

std::string from_environment(const char* name, const char* fallback) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody calls setenv
  return fmt::format("{}={}", name, value != nullptr && *value != '\0' ? value : fallback);
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (auto& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

/// posix_spawn's two objects, released together.
struct Spawn {
  posix_spawnattr_t attributes{};
  posix_spawn_file_actions_t actions{};

  Spawn(int in, int out, int err) {
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_init(&actions);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    // The daemon blocks signals in its threads; what it starts must not inherit that.
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    posix_spawn_file_actions_adddup2(&actions, in, 0);
    posix_spawn_file_actions_adddup2(&actions, out, 1);
    posix_spawn_file_actions_adddup2(&actions, err, 2);
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  }
  Spawn(const Spawn&) = delete;
  Spawn& operator=(const Spawn&) = delete;
  ~Spawn() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
};

/// One of the two output streams, kept up to a limit and cut into lines.
struct Stream {
  Descriptor end;
  std::string* kept = nullptr;
  std::size_t limit = 0;
  const std::function<void(const std::string&)>* on_line = nullptr;
  std::string line;

  /// Reads what is there; false at its end.
  bool drain() {
    std::array<char, 16384> buffer;  // NOLINT(*-member-init): read() fills it
    for (;;) {
      const ssize_t count = read(end.get(), buffer.data(), buffer.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno == EAGAIN) return true;
      if (count <= 0) return false;
      take({buffer.data(), static_cast<std::size_t>(count)});
    }
  }

  void take(std::string_view bytes) {
    kept->append(bytes.substr(0, limit - std::min(limit, kept->size())));
    if (on_line == nullptr || !*on_line) return;
    for (const char c : bytes) {
      if (c == '\n' || c == '\r') {
        flush();
      } else if (line.size() < kLineLimit) {
        line += c;
      }
    }
  }

  void flush() {
    if (on_line != nullptr && *on_line && !line.empty()) (*on_line)(line);
    line.clear();
  }
};

/// A started program, from spawn to reaping.
class Child {
 public:
  Child(std::vector<std::string> argv, const ProcessOptions& options)
      : program_(argv.front()), options_(options) {
    std::array<int, 2> out{-1, -1};
    std::array<int, 2> err{-1, -1};
    if (pipe2(out.data(), O_CLOEXEC) != 0) throw not_started(program_, errno);
    out_.end = Descriptor(out[0]);
    const Descriptor out_write(out[1]);
    if (pipe2(err.data(), O_CLOEXEC) != 0) throw not_started(program_, errno);
    err_.end = Descriptor(err[0]);
    const Descriptor err_write(err[1]);
    const Descriptor in = input_of(options.input);
    if (!in) throw not_started(program_, errno);
    spawn(argv, in.get(), options.output >= 0 ? options.output : out_write.get(), err_write.get());
    fcntl(out_.end.get(), F_SETFL, O_NONBLOCK);
    fcntl(err_.end.get(), F_SETFL, O_NONBLOCK);
    out_.kept = &result_.out;
    err_.kept = &result_.err;
    out_.limit = err_.limit = options.output_limit;
    out_.on_line = &options.on_output_line;
    err_.on_line = &options.on_error_line;
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  /// Also when a callback throws: nothing is left running, and no zombie.
  ~Child() {
    if (pid_ > 0) kill_group();
  }

  ProcessResult wait(const std::stop_token& stop) {
    const Descriptor stopped(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    const std::stop_callback wake(stop, [&stopped] { eventfd_write(stopped.get(), 1); });
    const auto deadline = steady_clock::now() + options_.deadline;
    moved_ = steady_clock::now();
    while (!exited(stopped.get(), deadline)) {
      if (stop.stop_requested()) give_up("Stopped", "was interrupted");
      if (steady_clock::now() >= deadline) {
        give_up("TimedOut", fmt::format("did not finish within {} s",
                                        static_cast<double>(options_.deadline.count()) / 1000.0));
      }
      if (stalled()) {
        give_up("TimedOut", fmt::format("has not moved for {} s",
                                        static_cast<double>(options_.stall.count()) / 1000.0));
      }
    }
    // What the program itself wrote is in the pipes by now; a child that it left behind may hold
    // them open for ever.
    out_.drain();
    err_.drain();
    out_.flush();
    err_.flush();
    reap();
    return std::move(result_);
  }

 private:
  void spawn(std::vector<std::string>& argv, int in, int out, int err) {
    std::vector<std::string> environment = options_.environment;
    environment.push_back(from_environment("PATH", kDefaultPath));
    environment.push_back(from_environment("HOME", "/root"));
    environment.emplace_back("LANG=C.UTF-8");
    const Spawn how(in, out, err);
    auto arguments = pointers(argv);
    auto variables = pointers(environment);
    const int error = posix_spawnp(&pid_, program_.c_str(), &how.actions, &how.attributes,
                                   arguments.data(), variables.data());
    if (error != 0) {
      pid_ = -1;
      throw not_started(program_, error);
    }
    ++started;
    pidfd_ = Descriptor(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
    if (!pidfd_) {
      kill(-pid_, SIGKILL);
      reap();
      throw not_started(program_, errno);
    }
  }

  /// Waits for output, the end, `stopped` or the next time to look; true at the end.
  bool exited(int stopped, steady_clock::time_point deadline) {
    auto next = deadline;
    if (options_.stall.count() > 0) {
      next = std::min(next, steady_clock::now() + options_.stall / 10 + milliseconds(1));
    }
    const auto left =
        std::chrono::duration_cast<milliseconds>(next - steady_clock::now()) + milliseconds(1);
    std::array<pollfd, 4> polled{{{pidfd_.get(), POLLIN, 0},
                                  {stopped, POLLIN, 0},
                                  {out_.end.get(), POLLIN, 0},
                                  {err_.end.get(), POLLIN, 0}}};
    const auto timeout = std::clamp<std::int64_t>(left.count(), 0, 3'600'000);
    if (poll(polled.data(), polled.size(), static_cast<int>(timeout)) < 0) return false;
    for (auto [index, stream] : {std::pair{2U, &out_}, std::pair{3U, &err_}}) {
      if (polled.at(index).revents == 0) continue;
      moved_ = steady_clock::now();
      if (!stream->drain()) stream->end.reset();
    }
    return polled[0].revents != 0;
  }

  /// True when it has neither printed nor moved data for `stall`.
  bool stalled() {
    if (options_.stall.count() == 0) return false;
    std::ifstream file(fmt::format("/proc/{}/io", pid_));
    std::string name;
    std::uint64_t sum = 0;
    for (std::uint64_t value = 0; file >> name >> value;) {
      if (name == "rchar:" || name == "wchar:") sum += value;
    }
    const auto now = steady_clock::now();
    if (sum >= bytes_ + kMovement) {
      moved_ = now;
      bytes_ = sum;
    }
    return now - moved_ >= options_.stall;
  }

  [[noreturn]] void give_up(const char* reason, const std::string& what) {
    kill_group();
    throw Error(Code::unavailable, reason, fmt::format("{} {} and was ended.", program_, what));
  }

  void kill_group() {
    kill(-pid_, SIGTERM);
    pollfd polled{pidfd_.get(), POLLIN, 0};
    while (poll(&polled, 1, static_cast<int>(kGrace.count())) < 0 && errno == EINTR) {
    }
    kill(-pid_, SIGKILL);
    reap();
  }

  void reap() {
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    result_.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }

  std::string program_;
  const ProcessOptions& options_;
  pid_t pid_ = -1;
  Descriptor pidfd_;
  Stream out_;
  Stream err_;
  ProcessResult result_;
  steady_clock::time_point moved_;
  std::uint64_t bytes_ = 0;
};

}  // namespace

ProcessResult run(const std::vector<std::string>& argv, const ProcessOptions& options,
                  const std::stop_token& stop) {
  if (argv.empty() || argv.front().empty()) {
    throw Error(Code::internal, "NotStarted", "A program was to be run, but none was named.");
  }
  for (const auto& argument : argv) {
    if (argument.find('\0') != std::string::npos) {
      throw Error(Code::invalid, "NotStarted",
                  fmt::format("An argument of {} holds a NUL byte.", argv.front()));
    }
  }
  Child child(argv, options);
  return child.wait(stop);
}

std::uint64_t processes_started() { return started.load(); }

std::filesystem::path program_beside_us(const std::string& name) {
  auto path = std::filesystem::read_symlink("/proc/self/exe").parent_path() / name;
  if (access(path.c_str(), X_OK) != 0) {
    throw Error(Code::unavailable, "NotInstalled",
                path.string() + " is missing: install all programs of this package side by side");
  }
  return path;
}

}  // namespace town

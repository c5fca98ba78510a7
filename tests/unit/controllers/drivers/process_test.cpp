#include "controllers/drivers/process.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>

#include "state/error.h"

namespace town {
namespace {

using namespace std::chrono_literals;

/// The reason that `run` throws with.
std::string reason_of(const std::vector<std::string>& argv, const ProcessOptions& options,
                      const std::stop_token& stop = {}) {
  try {
    run(argv, options, stop);
  } catch (const Error& error) {
    CHECK(error.code() == Code::unavailable);
    return error.reason();
  }
  return "none";
}

}  // namespace

TEST_SUITE("controllers/drivers/process") {
  TEST_CASE("a program's two outputs and its exit code are the answer") {
    const auto result = run({"sh", "-c", "echo out; echo err >&2; exit 7"}, {}, {});
    CHECK(result.out == "out\n");
    CHECK(result.err == "err\n");
    CHECK(result.exit_code == 7);
  }

  TEST_CASE("an end by signal is 128 and its number") {
    CHECK(run({"sh", "-c", "kill -TERM $$"}, {}, {}).exit_code == 128 + 15);
  }

  TEST_CASE("a program that does not exist is not started") {
    const auto before = processes_started();
    CHECK(reason_of({"/nonexistent/program"}, {}) == "NotStarted");
    CHECK(processes_started() == before);
  }

  TEST_CASE("each started program is counted") {
    const auto before = processes_started();
    run({"true"}, {}, {});
    run({"false"}, {}, {});
    CHECK(processes_started() == before + 2);
  }

  TEST_CASE("input of a megabyte reaches a program that answers as it reads") {
    ProcessOptions options;
    options.input = std::string(1 << 20, 'x');
    CHECK(run({"cat"}, options, {}).out == options.input);
  }

  TEST_CASE("without input stdin is empty") { CHECK(run({"cat"}, {}, {}).out.empty()); }

  TEST_CASE("output beyond the limit is dropped and does not block the program") {
    ProcessOptions options;
    options.output_limit = 1000;
    const auto result = run({"head", "-c", "3000000", "/dev/zero"}, options, {});
    CHECK(result.out.size() == 1000);
    CHECK(result.exit_code == 0);
  }

  TEST_CASE("lines of stderr arrive one by one, the unfinished last one too") {
    ProcessOptions options;
    std::vector<std::string> lines;
    options.on_error_line = [&](const std::string& line) { lines.push_back(line); };
    run({"sh", "-c", "printf 'one\\ntwo\\rthree' >&2"}, options, {});
    CHECK(lines == std::vector<std::string>{"one", "two", "three"});
  }

  TEST_CASE("the deadline ends the whole process group") {
    ProcessOptions options;
    options.deadline = 100ms;
    const auto begin = std::chrono::steady_clock::now();
    CHECK(reason_of({"sh", "-c", "sleep 60 & sleep 60"}, options) == "TimedOut");
    CHECK(std::chrono::steady_clock::now() - begin < 10s);
  }

  TEST_CASE("a program that ignores SIGTERM is killed") {
    ProcessOptions options;
    options.deadline = 50ms;
    CHECK(reason_of({"sh", "-c", "trap '' TERM; while :; do sleep 1; done"}, options) ==
          "TimedOut");
  }

  TEST_CASE("a silent program that moves no data is a stall, a busy one is not") {
    ProcessOptions options;
    options.stall = 200ms;
    CHECK(reason_of({"sleep", "60"}, options) == "TimedOut");
    options.deadline = 600ms;
    const auto begin = std::chrono::steady_clock::now();
    CHECK(reason_of({"dd", "if=/dev/zero", "of=/dev/null", "bs=64k"}, options) == "TimedOut");
    CHECK(std::chrono::steady_clock::now() - begin >= 600ms);
  }

  TEST_CASE("a stop request interrupts the wait") {
    const auto source = std::make_unique<std::stop_source>();
    ProcessOptions options;
    // Asked for as soon as the program is known to run.
    options.on_error_line = [&](const std::string&) { source->request_stop(); };
    CHECK(reason_of({"sh", "-c", "echo running >&2; sleep 60"}, options, source->get_token()) ==
          "Stopped");
  }

  TEST_CASE("a child left behind with the pipes open is not waited for") {
    const auto begin = std::chrono::steady_clock::now();
    const auto result = run({"sh", "-c", "sleep 20 & echo done"}, {}, {});
    CHECK(result.out == "done\n");
    CHECK(std::chrono::steady_clock::now() - begin < 10s);
  }

  TEST_CASE("a program sees only the environment that it is given") {
    ProcessOptions options;
    options.environment = {"TOWN_TEST=yes"};
    const auto result = run({"env"}, options, {});
    CHECK(result.out.find("TOWN_TEST=yes\n") != std::string::npos);
    CHECK(result.out.find("LANG=C.UTF-8\n") != std::string::npos);
    CHECK(std::count(result.out.begin(), result.out.end(), '\n') == 4);
  }

  TEST_CASE("no descriptor of ours is inherited") {
    const int leak = dup(0);
    const auto result = run({"ls", "/proc/self/fd"}, {}, {});
    close(leak);
    CHECK(result.out == "0\n1\n2\n3\n");  // 3 is the directory that ls reads
  }

  TEST_CASE("an argument with a NUL byte is refused") {
    CHECK_THROWS_AS(run({"echo", std::string("a\0b", 3)}, {}, {}), Error);
    CHECK_THROWS_AS(run({}, {}, {}), Error);
  }
}

}  // namespace town

// bench_runner: the stopwatch inside the test host. Reads one JSON object a line and answers with
// one: what it did, how long it took, and what the whole host's processors did meanwhile.
//
//   {"run": [words], "stdin": text}              a program, until it ends
//   {"post": path, "body": any, "token": text}   a request to townd, until the answer has ended
//   {"posts": [{"post", "body"}], "token": text} several requests at once, until the last has ended
//   with "serve": [ports]                        and until each port answers HTTP
//   with "settle": seconds                       how long after that the processors are still read
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <stdexcept>
#include <thread>

#include "tests/bench/http_line.h"
#include "tests/bench/stopwatch.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): posix_spawn(3) wants it

namespace {

using namespace town;
using Json = nlohmann::json;
using namespace std::chrono_literals;

constexpr std::uint16_t kTownd = 5309;
constexpr auto kServeDeadline = 60s;
constexpr auto kServeInterval = 1ms;

/// Processor seconds of everything in this host, from cgroup v2 (which counts in any case).
double host_seconds() {
  std::ifstream file("/sys/fs/cgroup/cpu.stat");
  std::string name;
  double microseconds = 0;
  file >> name >> microseconds;
  if (name != "usage_usec") throw std::runtime_error("/sys/fs/cgroup/cpu.stat says nothing");
  return microseconds * 1e-6;
}

/// A temporary file, unlinked at once.
class Scratch {
 public:
  explicit Scratch(const std::string& text) {
    std::string path = "/tmp/bench.XXXXXX";
    file_ = mkostemp(path.data(), O_CLOEXEC);
    if (file_ < 0) throw std::runtime_error("no room in /tmp");
    unlink(path.c_str());
    if (pwrite(file_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
      throw std::runtime_error("no room in /tmp");
    }
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { close(file_); }

  [[nodiscard]] int file() const { return file_; }
  [[nodiscard]] std::string text() const {
    std::string all(1U << 20U, '\0');
    const auto got = pread(file_, all.data(), all.size(), 0);
    all.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return all;
  }

 private:
  int file_ = -1;
};

Json run(const Json& request) {
  const auto words = request.at("run").get<std::vector<std::string>>();
  std::vector<char*> argv;
  for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const Scratch in(request.value("stdin", ""));
  const Scratch out("");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.file(), 0);
  posix_spawn_file_actions_adddup2(&actions, out.file(), 1);
  posix_spawn_file_actions_adddup2(&actions, out.file(), 2);
  pid_t child = 0;
  const int error = posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  int status = 0;
  if (error != 0 || waitpid(child, &status, 0) != child) {
    throw std::runtime_error("cannot run " + words.front());
  }
  return {{"status", WIFEXITED(status) ? WEXITSTATUS(status) : 255}, {"out", out.text()}};
}

Json post(const Json& request, const std::string& token) {
  bench::HttpLine line("127.0.0.1", kTownd);
  const auto headers =
      "Content-Type: application/json\r\nAccept: text/event-stream, application/json\r\n"
      "Authorization: Bearer " +
      token + "\r\n";
  const auto answer = line.request("POST", request.at("post"), headers, request.at("body").dump());
  return {{"status", answer.status}, {"out", answer.body}};
}

Json posts(const Json& request) {
  const auto& list = request.at("posts");
  const auto token = request.value("token", "");
  std::vector<Json> answers(list.size());
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < list.size(); ++i) {
      threads.emplace_back([&answers, &token, &one = list[i], i] {
        try {
          answers[i] = post(one, token);
        } catch (const std::exception& error) {
          answers[i] = {{"status", 0}, {"out", error.what()}};
        }
      });
    }
  }
  return {{"answers", answers}};
}

bool serves(std::uint16_t port) {
  try {
    bench::HttpLine line("127.0.0.1", port);
    return line.request("GET", "/", "", "").status == 200;
  } catch (const std::exception&) {
    return false;  // not yet
  }
}

void await_serving(const Json& ports) {
  const auto deadline = std::chrono::steady_clock::now() + kServeDeadline;
  for (const auto& port : ports) {
    while (!serves(port.get<std::uint16_t>())) {
      if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("nothing serves");
      std::this_thread::sleep_for(kServeInterval);
    }
  }
}

Json handle(const Json& request) {
  const auto cpu = host_seconds();
  const bench::Stopwatch watch;
  Json answer = request.contains("run")     ? run(request)
                : request.contains("posts") ? posts(request)
                                            : post(request, request.value("token", ""));
  answer["wall_done"] = watch.read().at("wall");
  await_serving(request.value("serve", Json::array()));
  answer["wall"] = watch.read().at("wall");
  std::this_thread::sleep_for(std::chrono::duration<double>(request.value("settle", 0.0)));
  answer["cpu"] = host_seconds() - cpu;
  return answer;
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    Json answer;
    try {
      answer = handle(Json::parse(line));
    } catch (const std::exception& error) {
      answer = {{"error", error.what()}};
    }
    std::cout << answer.dump(-1, ' ', false, Json::error_handler_t::replace) << std::endl;
  }
}

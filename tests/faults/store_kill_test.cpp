// kill -9 while the store writes. This program is both sides: started with "--commit <directory>"
// it commits without end and prints the number of each acknowledged intent; the test starts it,
// kills it at a random moment, and looks at what is left.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <random>
#include <string>
#include <thread>

#include "state/digest.h"
#include "state/error.h"
#include "state/store.h"

extern char** environ;

namespace town {
namespace {

constexpr int kKills = 50;
/// Kills come within this time after the first acknowledgement, so that they meet every part of
/// opening, writing and flushing.
constexpr int kSpreadMicroseconds = 40'000;
constexpr std::uint64_t kSlots = 40;

Key slot(std::uint64_t number) { return {Kind::setting, "slot" + std::to_string(number % kSlots)}; }

/// What the graph holds after intent `number`: each of the last kSlots intents set its slot, needs
/// the slot before it, and all else is as it was. `last` bears the number itself.
Graph graph_after(const Graph& before, std::uint64_t number) {
  Graph graph = before;
  for (const auto& [key, value] :
       {std::pair(slot(number), std::string(600, 'x') + std::to_string(number)),
        std::pair(Key{Kind::setting, "last"}, std::to_string(number))}) {
    Resource resource;
    resource.key = key;
    resource.spec = SettingSpec{value};
    resource.digest = digest(resource.spec);
    resource.needs = {slot(number + kSlots - 1)};
    graph.put(std::move(resource));
  }
  return graph;
}

std::unique_ptr<Store> open_store(const std::filesystem::path& path) {
  Store::Options options;
  options.path = path;
  return Store::open(options);
}

std::uint64_t last_number(const Store& store) {
  const auto newest = store.intents(0, 1);
  return newest.empty() ? 0 : newest[0].number;
}

void commit_without_end(const std::filesystem::path& path) {
  const auto store = open_store(path);
  auto number = last_number(*store);
  while (true) {
    ++number;
    IntentRecord intent;
    intent.summary = std::to_string(number);
    auto delta = diff(*store->head(), graph_after(*store->head(), number), {});
    store->commit(std::move(intent), delta).await();
    std::cout << number << std::endl;
    store->report({}, {Event{0, slot(number), false, "Step", std::to_string(number), {}, {}, 1}},
                  {}, "");
  }
}

/// A started committer and what it says.
class Committer {
 public:
  explicit Committer(const std::filesystem::path& path) {
    std::array<int, 2> ends{};
    REQUIRE(pipe(ends.data()) == 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    std::string self = "/proc/self/exe";
    std::string mode = "--commit";
    std::string where = path.string();
    std::array<char*, 4> arguments = {self.data(), mode.data(), where.data(), nullptr};
    REQUIRE(posix_spawn(&process_, self.c_str(), &actions, nullptr, arguments.data(), environ) ==
            0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    output_ = ends[0];
  }
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;
  ~Committer() { close(output_); }

  /// Waits for the first number it prints; false where it died before.
  bool started() { return read_some(); }

  /// Kills it, and returns the last number that it printed in full.
  std::uint64_t kill_now() {
    ::kill(process_, SIGKILL);
    while (read_some()) {
    }
    int status = 0;
    waitpid(process_, &status, 0);
    CHECK(WIFSIGNALED(status));
    const auto end = said_.rfind('\n');
    if (end == std::string::npos) return 0;
    const auto begin = said_.rfind('\n', end - 1);
    return std::stoull(said_.substr(begin == std::string::npos ? 0 : begin + 1));
  }

 private:
  bool read_some() {
    std::array<char, 4096> bytes{};
    const auto count = ::read(output_, bytes.data(), bytes.size());
    if (count <= 0) return false;
    said_.append(bytes.data(), static_cast<std::size_t>(count));
    return true;
  }

  pid_t process_ = 0;
  int output_ = -1;
  std::string said_;
};

/// The graph is exactly that of the newest intent, and every intent is there.
void check_consistent(const Store& store) {
  const auto number = last_number(store);
  Graph expected;
  const auto first = number > 2 * kSlots ? number - 2 * kSlots : 1;
  for (auto i = first; i <= number; ++i) expected = graph_after(expected, i);
  const auto& graph = *store.snapshot().graph;
  CHECK(graph.size() == expected.size());
  expected.each([&](const ResourcePtr& wanted) {
    const auto found = graph.find(wanted->key);
    REQUIRE(found != nullptr);
    CHECK(found->spec == wanted->spec);
    CHECK(found->digest == wanted->digest);
    CHECK(found->needs == wanted->needs);
  });
  auto next = number;
  for (const auto& intent : store.intents(0, 1'000'000)) {
    CHECK(intent.number == next);
    CHECK(intent.summary == std::to_string(next));
    --next;
  }
  CHECK(next == 0);
}

}  // namespace

TEST_SUITE("faults/store") {
  TEST_CASE("whatever was acknowledged before kill -9 is there afterwards, and the graph fits it") {
    auto name = (std::filesystem::temp_directory_path() / "town-kill-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    const auto path = std::filesystem::path(name) / "store";
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 chance(seed);
    for (int round = 0; round < kKills; ++round) {
      CAPTURE(round);
      std::uint64_t acknowledged = 0;
      {
        Committer committer(path);
        // Every fifth one is killed while it opens; even first boot.
        if (round % 5 != 0) REQUIRE(committer.started());
        std::this_thread::sleep_for(std::chrono::microseconds(chance() % kSpreadMicroseconds));
        acknowledged = committer.kill_now();
      }
      const auto store = open_store(path);
      CHECK(last_number(*store) >= acknowledged);
      check_consistent(*store);
    }
    std::filesystem::remove_all(name);
  }
}

}  // namespace town

int main(int count, char** arguments) {
  if (count == 3 && std::string(arguments[1]) == "--commit") {
    town::commit_without_end(arguments[2]);
  }
  return doctest::Context(count, arguments).run();
}

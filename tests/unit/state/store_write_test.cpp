// How commits share the disk, and what is left when it fails.
#include <doctest/doctest.h>

#include <atomic>
#include <condition_variable>
#include <latch>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "state/store.h"
#include "store_fixture.h"

namespace town {
namespace {

/// Puts itself before each write; the disk as the test wants it.
struct Disk {
  std::atomic<int> writes = 0;
  std::atomic<int> fail_at = -1;
  std::function<void()> on_first = [] {};

  std::function<void()> hook() {
    return [this] {
      const int number = writes++;
      if (number == 0) on_first();
      if (number == fail_at) throw std::runtime_error("the disk is full");
    };
  }
};

/// The first write goes on only when it is told to.
struct HeldDisk : Disk {
  HeldDisk() {
    on_first = [this] {
      writing.count_down();
      go_on.wait();
    };
  }

  std::latch writing{1};
  std::latch go_on{1};
};

GraphDelta adding(const std::string& name) {
  GraphDelta delta;
  delta.put = {setting(name, "1")};
  return delta;
}

std::string reason_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    CHECK(error.code() == Code::unavailable);
    return error.reason();
  }
  return "";
}

}  // namespace

TEST_SUITE("state/store writing") {
  TEST_CASE("commits that wait while another is written share one sync") {
    HeldDisk disk;
    const auto store = memory_store(nullptr, disk.hook());
    const auto before = store->synced_writes();
    std::jthread first([&] { store->commit(intent("0"), adding("0")).await(); });
    disk.writing.wait();
    std::vector<Pending> queued;
    for (int i = 1; i <= 15; ++i) {
      const auto name = std::to_string(i);
      queued.push_back(store->commit(intent(name), adding(name)));
    }
    CHECK(store->head()->size() == 16);
    CHECK(store->snapshot().graph->size() == 0);
    disk.go_on.count_down();
    std::vector<std::jthread> clients;
    std::atomic<Revision> highest = 0;
    for (auto& pending : queued) {
      clients.emplace_back([&] {
        const auto revision = pending.await();
        if (store->snapshot().revision >= revision) ++highest;
      });
    }
    clients.clear();
    first.join();
    CHECK(highest == 15);
    CHECK(store->synced_writes() == before + 2);
    CHECK(store->snapshot().graph->size() == 16);
    const auto intents = store->intents(0, 100);
    REQUIRE(intents.size() == 16);
    CHECK(intents.front().number == 16);
    CHECK(intents.front().revision == 16);
  }

  TEST_CASE("many clients at once lose nothing") {
    const auto store = memory_store();
    std::mutex engine;
    std::vector<std::jthread> clients;
    for (int client = 0; client < 8; ++client) {
      clients.emplace_back([&, client] {
        for (int i = 0; i < 50; ++i) {
          auto pending = [&] {
            const std::lock_guard lock(engine);
            return store->commit(intent("x"), adding(std::to_string(client * 1000 + i)));
          }();
          const auto revision = pending.await();
          if (store->snapshot().revision < revision) throw std::logic_error("not visible");
        }
      });
    }
    clients.clear();
    CHECK(store->snapshot().graph->size() == 400);
    CHECK(store->intents(0, 1).at(0).number == 400);
  }

  TEST_CASE(
      "a report that meets a write under way waits for its turn, so revisions stay in order") {
    HeldDisk disk;
    const auto store = memory_store(nullptr, disk.hook());
    auto watch = store->watch(0);
    look(watch);
    std::jthread first([&] { store->commit(intent("a"), adding("a")).await(); });
    disk.writing.wait();
    auto second = store->commit(intent("b"), adding("b"));
    std::jthread reporter([&] { store->report({{setting_key("a"), ready()}}, {}, {}, ""); });
    disk.go_on.count_down();
    second.await();
    reporter.join();
    first.join();
    Revision last = 0;
    std::size_t count = 0;
    for (const auto& notice : look(watch).notices) {
      CHECK(notice.revision > last);
      last = notice.revision;
      ++count;
    }
    CHECK(count == 3);
    CHECK(store->snapshot().ready(setting_key("a")));
  }

  TEST_CASE(
      "a write that fails leaves nothing in sight, is told once, and nothing is built on it") {
    Disk disk;
    int told = 0;
    Store::Options options;
    options.in_memory = true;
    options.before_write = disk.hook();
    options.on_broken = [&told] { ++told; };
    const auto store = Store::open(options);
    store->commit(intent("a"), adding("a")).await();
    const auto before = store->snapshot();
    auto watch = store->watch(before.revision);
    disk.fail_at = 1;
    CHECK(reason_of([&] { store->commit(intent("b"), adding("b")).await(); }) ==
          "StoreWriteFailed");
    CHECK(store->snapshot().revision == before.revision);
    CHECK(store->head() == before.graph);
    CHECK(look(watch).notices.empty());
    CHECK(store->intents(0, 10).size() == 1);

    CHECK(reason_of([&] { auto pending = store->commit(intent("c"), adding("c")); }) ==
          "StoreWriteFailed");
    CHECK(reason_of([&] { store->report({}, {event(setting_key("a"), "E")}, {}, ""); }) ==
          "StoreWriteFailed");
    CHECK(reason_of([&] { store->put(Book::settings, {{"a", "b"}}); }) == "StoreWriteFailed");
    CHECK(told == 1);
    CHECK(store->snapshot().graph->size() == 1);
    CHECK(disk.writes == 2);
  }

  TEST_CASE("commits that waited behind the failed write fail with it") {
    HeldDisk disk;
    disk.fail_at = 0;
    const auto store = memory_store(nullptr, disk.hook());
    std::string first_reason;
    std::jthread first([&] {
      first_reason = reason_of([&] { store->commit(intent("a"), adding("a")).await(); });
    });
    disk.writing.wait();
    auto second = store->commit(intent("b"), adding("b"));
    disk.go_on.count_down();
    CHECK(reason_of([&] { second.await(); }) == "StoreWriteFailed");
    first.join();
    CHECK(first_reason == "StoreWriteFailed");
    CHECK(store->head()->size() == 0);
    CHECK(disk.writes == 1);
  }

  TEST_CASE("a failed commit that nobody awaited is no crash, and the next one tells") {
    Disk disk;
    disk.fail_at = 0;
    const auto store = memory_store(nullptr, disk.hook());
    static_cast<void>(store->commit(intent("a"), adding("a")));
    CHECK(reason_of([&] { auto pending = store->commit(intent("b"), adding("b")); }) ==
          "StoreWriteFailed");
  }

  TEST_CASE("a write that is refused before it begins changes nothing, and the store goes on") {
    bool room = false;
    std::vector<Writer> asked;
    Store::Options options;
    options.in_memory = true;
    options.make_room = [&](Writer writer) {
      asked.push_back(writer);
      if (!room) throw Error(Code::unavailable, "DiskFull", "no room");
    };
    const auto store = Store::open(options);
    CHECK(reason_of([&] { store->commit(intent("1"), adding("1")).await(); }) == "DiskFull");
    CHECK(reason_of([&] { store->put(Book::settings, {{"a", "b"}}); }) == "DiskFull");
    CHECK(reason_of([&] { store->report({}, {event(setting_key("1"), "Seen")}, {}, ""); }) ==
          "DiskFull");
    CHECK(asked == std::vector{Writer::people, Writer::people, Writer::loops});
    CHECK(store->head() == store->snapshot().graph);
    room = true;
    CHECK(store->commit(intent("1"), adding("1")).await() == 1);
    CHECK(store->intents(0, 1).at(0).number == 1);
  }
}

}  // namespace town

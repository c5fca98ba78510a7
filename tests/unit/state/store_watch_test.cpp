#include <doctest/doctest.h>

#include <atomic>
#include <map>
#include <thread>

#include "state/store.h"
#include "store_fixture.h"

namespace town {
namespace {

constexpr auto kForever = std::chrono::steady_clock::time_point::max();

}  // namespace

TEST_SUITE("state/store watches") {
  TEST_CASE("a watch from the beginning is first told to look at everything, once") {
    const auto store = memory_store();
    for (int i = 0; i < 2; ++i) {
      auto watch = store->watch(0);
      CHECK(look(watch).relist);
      CHECK_FALSE(look(watch).relist);
      commit(*store, graph_of({setting("a", std::to_string(i))}));
      CHECK(look(watch).notices.size() == 1);
    }
  }

  TEST_CASE("a watch tells of graph, status and events, with revisions") {
    const auto store = memory_store();
    auto watch = store->watch(0);
    look(watch);
    const auto revision = commit(*store, graph_of({setting("a", "1")}));
    store->report({{setting_key("a"), ready()}}, {event(setting_key("a"), "Started")}, {}, "");
    const auto batch = look(watch);
    CHECK(batch.notices ==
          std::vector<Notice>{{revision, setting_key("a"), Notice::What::graph},
                              {revision + 1, setting_key("a"), Notice::What::status},
                              {revision + 1, setting_key("a"), Notice::What::event}});
    CHECK(batch.revision == revision + 1);
    CHECK(look(watch).notices.empty());
  }

  TEST_CASE("a watch goes on from the revision it names") {
    const auto store = memory_store();
    const auto first = commit(*store, graph_of({setting("a", "1")}));
    commit(*store, graph_of({setting("a", "1"), setting("b", "1")}));
    auto watch = store->watch(first);
    const auto batch = look(watch);
    CHECK_FALSE(batch.relist);
    REQUIRE(batch.notices.size() == 1);
    CHECK(batch.notices[0].key == setting_key("b"));
  }

  TEST_CASE("a revision ahead of the store, or before its opening, means looking at everything") {
    const TemporaryDirectory directory;
    Revision first = 0;
    {
      const auto store = disk_store(directory.path() / "store");
      first = commit(*store, graph_of({setting("a", "1")}));
      commit(*store, graph_of({setting("a", "2")}));
    }
    const auto store = disk_store(directory.path() / "store");
    auto before = store->watch(first);
    CHECK(look(before).relist);
    auto ahead = store->watch(store->snapshot().revision + 1);
    CHECK(look(ahead).relist);
    CHECK_FALSE(look(ahead).relist);
    auto now = store->watch(store->snapshot().revision);
    CHECK_FALSE(look(now).relist);
  }

  TEST_CASE("a watch that falls too far behind is told to look at everything, and goes on") {
    const auto store = memory_store();
    commit(*store, graph_of({setting("a", "1")}));
    auto slow = store->watch(store->snapshot().revision);
    std::vector<Event> events;
    for (int i = 0; i < 1000; ++i) events.push_back(event(setting_key("a"), std::to_string(i)));
    for (int i = 0; i < 16; ++i) store->report({}, events, {}, "");
    auto less_slow = store->watch(store->snapshot().revision - 16);
    store->report({}, events, {}, "");
    CHECK(look(slow).relist);
    CHECK(look(less_slow).relist);
    store->report({}, {event(setting_key("a"), "New")}, {}, "");
    CHECK(look(slow).notices.size() == 1);
  }

  TEST_CASE("waiting ends with a change, with the deadline, and with a request to stop") {
    const auto store = memory_store();
    auto watch = store->watch(0);
    look(watch);
    CHECK(watch.next(std::chrono::steady_clock::now() + std::chrono::milliseconds(1), {})
              .notices.empty());
    {
      std::jthread writer([&] { commit(*store, graph_of({setting("a", "1")})); });
      CHECK(watch.next(kForever, {}).notices.size() == 1);
    }
    std::stop_source stop;
    std::jthread stopper([&] { stop.request_stop(); });
    CHECK(watch.next(kForever, stop.get_token()).notices.empty());
  }

  TEST_CASE("a watch may outlive its store") {
    auto store = memory_store();
    auto watch = store->watch(0);
    look(watch);
    commit(*store, graph_of({setting("a", "1")}));
    store.reset();
    CHECK(look(watch).notices.size() == 1);
  }

  TEST_CASE("no watcher misses a change, however the writers interleave") {
    const auto store = memory_store();
    constexpr int kChanges = 300;
    std::vector<std::jthread> watchers;
    std::atomic<int> complete = 0;
    for (int i = 0; i < 4; ++i) {
      watchers.emplace_back([&, watch = store->watch(0)](const std::stop_token& stop) mutable {
        // Level, not edge: after each batch the snapshot must be as new as what was told.
        Revision last = 0;
        std::string value;
        while (value != std::to_string(kChanges)) {
          const auto batch = watch.next(kForever, stop);
          if (stop.stop_requested()) return;
          const auto now = store->snapshot();
          if (now.revision < batch.revision || batch.revision < last) return;
          for (const auto& notice : batch.notices) {
            if (notice.revision <= last || notice.revision > batch.revision) return;
          }
          last = batch.revision;
          const auto* spec = now.graph->spec<SettingSpec>(setting_key("a"));
          if (spec != nullptr) value = spec->value;
        }
        ++complete;
      });
    }
    {
      std::jthread reporter([&] {
        for (int i = 0; i < kChanges; ++i) {
          store->report({}, {event(setting_key("a"), "E", std::to_string(i))}, {}, "");
        }
      });
      for (int i = 1; i <= kChanges; ++i) {
        commit(*store, graph_of({setting("a", std::to_string(i))}));
      }
    }
    for (auto& watcher : watchers) watcher.join();
    CHECK(complete == 4);
  }
}

}  // namespace town

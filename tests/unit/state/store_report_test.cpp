#include <doctest/doctest.h>

#include "state/store.h"
#include "store_fixture.h"

namespace town {
namespace {

const Key kA = setting_key("a");

/// A store with the resource `a`, and a clock that stands still.
struct OneResource {
  SetClock clock;
  std::unique_ptr<Store> store = memory_store(&clock);

  explicit OneResource(Resource resource = setting("a", "1")) {
    commit(*store, graph_of({std::move(resource)}));
  }

  void report(const Status& status) { store->report({{kA, status}}, {}, {}, ""); }
  void happen(const Event& what) { store->report({}, {what}, {}, ""); }
  void finalize(const std::string& finalizer = "loop") { store->report({}, {}, {kA}, finalizer); }
};

}  // namespace

TEST_SUITE("state/store statuses") {
  TEST_CASE("a status is seen once it was reported, and costs no sync") {
    OneResource one;
    const auto syncs = one.store->synced_writes();
    CHECK_FALSE(one.store->snapshot().ready(kA));
    one.report(ready());
    CHECK(one.store->snapshot().ready(kA));
    CHECK(one.store->snapshot().status(kA).find(ConditionType::ready)->reason == "Running");
    CHECK(one.store->synced_writes() == syncs);
  }

  TEST_CASE("nothing is ready that is deleting, gone, or was seen at another generation") {
    OneResource one(finalized("a"));
    one.report(ready(2));
    CHECK_FALSE(one.store->snapshot().ready(kA));
    one.report(ready(1));
    CHECK(one.store->snapshot().ready(kA));
    commit(*one.store, {});
    CHECK_FALSE(one.store->snapshot().ready(kA));
    CHECK_FALSE(one.store->snapshot().ready(setting_key("other")));
    CHECK(one.store->snapshot().status(setting_key("other")) == Status{});
  }

  TEST_CASE("an equal status makes no revision, no notice and no write") {
    OneResource one;
    one.report(ready());
    const auto before = one.store->snapshot();
    auto watch = one.store->watch(before.revision);
    one.clock.forward(std::chrono::hours(1));
    auto again = ready();
    again.changed = one.clock.now();
    again.conditions[0].since = one.clock.now();
    one.report(again);
    one.store->report({}, {}, {}, "");
    CHECK(one.store->snapshot().revision == before.revision);
    CHECK(one.store->snapshot().statuses == before.statuses);
    CHECK(look(watch).notices.empty());
  }

  TEST_CASE("a condition keeps its time while it is present, and begins anew after it was not") {
    OneResource one;
    one.report(ready());
    const auto began = one.clock.now();
    one.clock.forward(std::chrono::hours(1));
    one.report(ready(1, "It still runs."));
    const auto since = [&] {
      return one.store->snapshot().status(kA).find(ConditionType::ready)->since;
    };
    CHECK(since() == began);
    CHECK(one.store->snapshot().status(kA).changed == one.clock.now());
    one.report(Status{});
    one.clock.forward(std::chrono::hours(1));
    one.report(ready());
    CHECK(since() == one.clock.now());
  }

  TEST_CASE("a status of what is not in the graph is dropped") {
    OneResource one;
    const auto revision = one.store->snapshot().revision;
    one.store->report({{setting_key("gone"), ready()}}, {}, {}, "");
    CHECK(one.store->snapshot().revision == revision);
    CHECK(one.store->snapshot().statuses->empty());
  }

  TEST_CASE("a status goes when it is withdrawn, and with its resource") {
    OneResource one;
    one.report(ready());
    one.store->report({{kA, std::nullopt}}, {}, {}, "");
    CHECK(one.store->snapshot().statuses->empty());
    one.report(ready());
    commit(*one.store, {});
    CHECK(one.store->snapshot().statuses->empty());
  }
}

TEST_SUITE("state/store finalizers") {
  TEST_CASE("the last finalizer takes the resource, its edges and its status with it") {
    auto resource = finalized("a");
    resource.needs = {setting_key("b")};
    OneResource one(resource);
    one.report(ready());
    commit(*one.store, {});
    REQUIRE(one.store->snapshot().graph->size() == 1);
    const auto syncs = one.store->synced_writes();
    one.finalize();
    CHECK(one.store->snapshot().graph->size() == 0);
    CHECK(one.store->head()->size() == 0);
    CHECK(one.store->snapshot().statuses->empty());
    CHECK(one.store->snapshot().graph->dependants(setting_key("b")).empty());
    CHECK(one.store->synced_writes() == syncs + 1);
  }

  TEST_CASE("a resource stays until each of its loops is done") {
    OneResource one(finalized("a", {"pages", "units"}));
    commit(*one.store, {});
    one.finalize("units");
    REQUIRE(one.store->snapshot().graph->find(kA) != nullptr);
    CHECK(one.store->snapshot().graph->find(kA)->finalizers == std::vector<std::string>{"pages"});
    one.finalize("units");
    CHECK(one.store->snapshot().graph->size() == 1);
    one.finalize("pages");
    CHECK(one.store->snapshot().graph->size() == 0);
  }

  TEST_CASE("what was wanted again keeps its finalizer") {
    OneResource one(finalized("a"));
    commit(*one.store, {});
    commit(*one.store, graph_of({finalized("a")}));
    const auto revision = one.store->snapshot().revision;
    one.finalize();
    CHECK(one.store->snapshot().graph->find(kA)->finalizers == std::vector<std::string>{"loop"});
    CHECK(one.store->snapshot().revision == revision);
  }

  TEST_CASE("what a loop finished while an intent was compiled is not brought back to be deleted") {
    OneResource one(finalized("a"));
    commit(*one.store, {});
    const auto purge = diff(*one.store->head(), {}, {kA});
    REQUIRE(purge.put.size() == 1);
    one.finalize();
    one.store->commit(intent("purge"), purge).await();
    CHECK(one.store->snapshot().graph->size() == 0);
    CHECK(one.store->intents(0, 1).at(0).summary == "purge");
  }

  TEST_CASE("a finalizer that was taken off while an intent was compiled stays off") {
    OneResource one(finalized("a", {"pages", "units"}));
    commit(*one.store, {});
    const auto purge = diff(*one.store->head(), {}, {kA});
    one.finalize("units");
    one.store->commit(intent("purge"), purge).await();
    CHECK(one.store->head()->find(kA)->finalizers == std::vector<std::string>{"pages"});
    CHECK(one.store->head()->find(kA)->purge);
  }

  TEST_CASE("what was erased stays erased after opening again") {
    const TemporaryDirectory directory;
    {
      const auto store = disk_store(directory.path() / "store");
      auto resource = finalized("a");
      resource.needs = {setting_key("b")};
      commit(*store, graph_of({resource}));
      commit(*store, {});
      store->report({}, {}, {kA}, "loop");
    }
    CHECK(disk_store(directory.path() / "store")->head()->size() == 0);
  }
}

TEST_SUITE("state/store events") {
  TEST_CASE("what repeats is told once, with a count, and counts as the newest") {
    OneResource one;
    one.happen(event(kA, "Pulled"));
    const auto began = one.clock.now();
    one.store->report({}, {event(setting_key("b"), "Other")}, {}, "");
    one.clock.forward(std::chrono::minutes(1));
    one.store->report({}, {event(kA, "Pulled"), event(kA, "Pulled")}, {}, "");
    const auto events = one.store->events({}, 10);
    REQUIRE(events.size() == 2);
    CHECK(events[0].key == kA);
    CHECK(events[0].count == 3);
    CHECK(events[0].first == began);
    CHECK(events[0].last == one.clock.now());
    CHECK(events[0].id > events[1].id);
    CHECK(one.store->events(kA, 10) == std::vector<Event>{events[0]});
  }

  TEST_CASE("events that differ in anything are told each") {
    OneResource one;
    one.happen(event(kA, "Pulled"));
    one.happen(event(kA, "Started"));
    one.happen(event(kA, "Started", "Otherwise."));
    auto warning = event(kA, "Started", "Otherwise.");
    warning.warning = true;
    one.happen(warning);
    one.happen(event(kA, "Pulled"));
    CHECK(one.store->events(kA, 10).size() == 5);
    CHECK(one.store->events(kA, 2).size() == 2);
    CHECK(one.store->events(kA, 0).empty());
  }

  TEST_CASE("the last hundred of a resource are kept") {
    OneResource one;
    for (int i = 0; i < 130; ++i) one.happen(event(kA, "Step", std::to_string(i)));
    const auto events = one.store->events(kA, 1000);
    REQUIRE(events.size() == 100);
    CHECK(events.front().message == "129");
    CHECK(events.back().message == "30");
    CHECK(one.store->events({}, 1000).size() == 100);
  }

  TEST_CASE("the story of an uninstall can be read after the resource is gone") {
    OneResource one;
    one.happen(event(kA, "Stopping"));
    commit(*one.store, {});
    one.happen(event(kA, "Gone"));
    CHECK(one.store->events(kA, 10).size() == 2);
  }

  TEST_CASE("events of what is gone are bounded together, those of what is there are untouched") {
    OneResource one;
    one.happen(event(kA, "First"));
    std::vector<Event> many;
    for (int i = 0; i < 10'100; ++i) {
      many.push_back(event(setting_key("gone" + std::to_string(i % 200)), "E", std::to_string(i)));
    }
    one.store->report({}, many, {}, "");
    const auto events = one.store->events({}, 20'000);
    CHECK(events.size() == 10'001);
    CHECK(events.back().key == kA);
    CHECK(one.store->events(setting_key("gone0"), 1000).size() == 50);
  }

  TEST_CASE("what comes back takes its story with it") {
    OneResource one;
    one.happen(event(kA, "First"));
    commit(*one.store, {});
    commit(*one.store, graph_of({setting("a", "1")}));
    std::vector<Event> many;
    for (int i = 0; i < 10'100; ++i) {
      many.push_back(event(setting_key("gone" + std::to_string(i % 200)), "E", std::to_string(i)));
    }
    one.store->report({}, many, {}, "");
    CHECK(one.store->events(kA, 10).size() == 1);
  }

  TEST_CASE("merging and bounds go on where they were after opening again") {
    const TemporaryDirectory directory;
    std::uint64_t last = 0;
    {
      const auto store = disk_store(directory.path() / "store");
      commit(*store, graph_of({setting("a", "1")}));
      for (int i = 0; i < 100; ++i) {
        store->report({}, {event(kA, "Step", std::to_string(i))}, {}, "");
      }
      last = store->events(kA, 1).at(0).id;
    }
    const auto store = disk_store(directory.path() / "store");
    store->report({}, {event(kA, "Step", "99"), event(kA, "Step", "100")}, {}, "");
    const auto events = store->events(kA, 1000);
    REQUIRE(events.size() == 100);
    CHECK(events[1].count == 2);
    CHECK(events[1].id > last);
    CHECK(events.back().message == "1");
  }
}

}  // namespace town

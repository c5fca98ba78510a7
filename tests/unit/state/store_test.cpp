#include "state/store.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <thread>

#include "specs.h"
#include "store_fixture.h"

namespace town {
namespace {

Graph rich_graph() {
  Graph graph;
  for (const auto& spec : full_specs()) {
    Resource resource;
    resource.key = {kind_of(spec), "default/thing"};
    resource.digest = digest(spec);
    resource.spec = spec;
    if (kind_of(spec) == Kind::unit) {
      resource.needs = {Key{Kind::volume, "default/thing"}, Key{Kind::image, "default/thing"}};
      std::sort(resource.needs.begin(), resource.needs.end());
      resource.owner = Key{Kind::package, "default/thing"};
      resource.finalizers = {"units"};
      resource.labels = {{"a", "b"}};
    }
    graph.put(std::move(resource));
  }
  return graph;
}

}  // namespace

TEST_SUITE("state/store") {
  TEST_CASE("a new store is empty") {
    const auto store = memory_store();
    CHECK(store->snapshot().graph->size() == 0);
    CHECK(store->snapshot().revision == 0);
    CHECK(store->intents(0, 10).empty());
    CHECK(store->events({}, 10).empty());
  }

  TEST_CASE("an intent and its graph are there after opening again, of every kind") {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "store";
    Revision revision = 0;
    {
      const auto store = disk_store(path);
      revision = commit(*store, rich_graph(), "install everything");
      store->report({{Key{Kind::unit, "default/thing"}, ready()}},
                    {event(Key{Kind::unit, "default/thing"}, "Started")}, {}, "");
    }
    const auto store = disk_store(path);
    CHECK(contents(*store->snapshot().graph) == contents(rich_graph()));
    CHECK(contents(*store->head()) == contents(rich_graph()));
    CHECK(store->snapshot().revision == revision + 1);
    CHECK(store->snapshot().ready(Key{Kind::unit, "default/thing"}));
    REQUIRE(store->intents(0, 10).size() == 1);
    CHECK(store->intents(0, 10)[0].summary == "install everything");
    CHECK(store->intents(0, 10)[0].revision == revision);
    CHECK(store->events({}, 10).size() == 1);
    CHECK(store->snapshot().graph->dependants(Key{Kind::volume, "default/thing"}).size() == 1);
  }

  TEST_CASE("needs that were dropped, and what was erased, stay away after opening again") {
    const TemporaryDirectory directory;
    auto with_needs = setting("b", "x");
    with_needs.needs = {setting_key("a"), setting_key("c")};
    {
      const auto store = disk_store(directory.path() / "store");
      commit(*store, graph_of({setting("a", "1"), with_needs, setting("c", "1")}));
      with_needs.needs = {setting_key("c")};
      commit(*store, graph_of({with_needs, setting("c", "1")}));
    }
    const auto store = disk_store(directory.path() / "store");
    CHECK(contents(*store->head()) == contents(graph_of({with_needs, setting("c", "1")})));
  }

  TEST_CASE("intents are numbered 1, 2, 3 and revisions only rise, also over openings") {
    const TemporaryDirectory directory;
    Revision last = 0;
    for (std::uint64_t number = 1; number <= 3; ++number) {
      const auto store = disk_store(directory.path() / "store");
      const auto revision = commit(*store, graph_of({setting("a", std::to_string(number))}));
      CHECK(revision > last);
      last = revision;
      CHECK(store->intents(0, 1).at(0).number == number);
    }
  }

  TEST_CASE("intents are read newest first, in pages") {
    const auto store = memory_store();
    for (int i = 1; i <= 5; ++i) {
      commit(*store, graph_of({setting("a", std::to_string(i))}), std::to_string(i));
    }
    const auto page = store->intents(0, 2);
    REQUIRE(page.size() == 2);
    CHECK(page[0].number == 5);
    CHECK(page[1].number == 4);
    const auto rest = store->intents(page[1].number, 10);
    REQUIRE(rest.size() == 3);
    CHECK(rest[0].summary == "3");
    CHECK(store->intents(1, 10).empty());
    CHECK(store->intents(0, 0).empty());
  }

  TEST_CASE("an intent without a time gets the clock's") {
    SetClock clock;
    const auto store = memory_store(&clock);
    commit(*store, graph_of({setting("a", "1")}));
    CHECK(store->intents(0, 1).at(0).when == clock.now());
  }

  TEST_CASE("the head moves at once, the snapshot when it is on disk") {
    const auto store = memory_store();
    auto pending = store->commit(intent("x"), diff({}, graph_of({setting("a", "1")}), {}));
    CHECK(store->head()->size() == 1);
    CHECK(store->snapshot().graph->size() == 0);
    auto second =
        store->commit(intent("y"), diff(*store->head(), graph_of({setting("a", "2")}), {}));
    CHECK(second.await() == pending.await() + 1);
    CHECK(store->snapshot().graph->spec<SettingSpec>(setting_key("a"))->value == "2");
    CHECK(store->snapshot().graph->find(setting_key("a"))->generation == 2);
    CHECK(store->snapshot().graph == store->head());
  }

  TEST_CASE("a snapshot never changes") {
    const auto store = memory_store();
    commit(*store, graph_of({setting("a", "1")}));
    const auto before = store->snapshot();
    commit(*store, graph_of({setting("b", "1")}));
    store->report({{setting_key("b"), ready()}}, {}, {}, "");
    CHECK(before.graph->find(setting_key("a")) != nullptr);
    CHECK(before.graph->size() == 1);
    CHECK(before.statuses->empty());
  }

  TEST_CASE("a commit that nobody awaits is written all the same") {
    const TemporaryDirectory directory;
    {
      const auto store = disk_store(directory.path() / "store");
      static_cast<void>(store->commit(intent("x"), diff({}, graph_of({setting("a", "1")}), {})));
      CHECK(store->snapshot().graph->size() == 1);
    }
    CHECK(disk_store(directory.path() / "store")->snapshot().graph->size() == 1);
  }

  TEST_CASE("each commit of a single client is one sync, whatever it holds") {
    const auto store = memory_store();
    const auto before = store->synced_writes();
    for (int i = 1; i <= 10; ++i) {
      std::vector<Resource> resources;
      for (int k = 0; k < i; ++k)
        resources.push_back(setting(std::to_string(k), std::to_string(i)));
      commit(*store, graph_of(std::move(resources)));
    }
    CHECK(store->synced_writes() == before + 10);
  }

  TEST_CASE("a key that could not be told apart on disk is refused and changes nothing") {
    const auto store = memory_store();
    GraphDelta delta;
    delta.put = {setting("a", "1"), setting(std::string("b\0c", 3), "1")};
    CHECK_THROWS_AS(store->commit(intent("x"), delta), Error);
    CHECK(store->head()->size() == 0);
    CHECK(commit(*store, graph_of({setting("a", "1")})) == 1);
  }

  TEST_CASE("the API's books keep rows in order, by prefix, either way, and over openings") {
    const TemporaryDirectory directory;
    {
      const auto store = disk_store(directory.path() / "store");
      const auto before = store->synced_writes();
      store->put(Book::accounts,
                 {{"a/1", "one"}, {"a/2", "two"}, {"b/1", "three"}, {"a\xFF", "x"}});
      CHECK(store->synced_writes() == before + 1);
      store->put(Book::accounts, {{"a/1", std::nullopt}, {"a/3", ""}});
      store->put(Book::sessions, {{"a/1", "other book"}});
    }
    const auto store = disk_store(directory.path() / "store");
    CHECK_FALSE(store->get(Book::accounts, "a/1").has_value());
    CHECK(store->get(Book::accounts, "a/2") == "two");
    CHECK(store->get(Book::accounts, "a/3") == "");
    CHECK(store->get(Book::sessions, "a/1") == "other book");
    CHECK_FALSE(store->get(Book::audit, "a/2").has_value());
    const auto rows = [&](const std::string& prefix, bool newest_first) {
      std::vector<std::string> found;
      store->scan(Book::accounts, prefix, newest_first,
                  [&](const std::string& key, const std::string&) {
                    found.push_back(key);
                    return found.size() < 3;
                  });
      return found;
    };
    CHECK(rows("a/", false) == std::vector<std::string>{"a/2", "a/3"});
    CHECK(rows("a/", true) == std::vector<std::string>{"a/3", "a/2"});
    CHECK(rows("", false) == std::vector<std::string>{"a/2", "a/3", "a\xFF"});
    CHECK(rows("c", false).empty());
    CHECK(rows("a\xFF", true) == std::vector<std::string>{"a\xFF"});
  }

  TEST_CASE("a copy made while serving opens as an equal store") {
    const TemporaryDirectory directory;
    const auto store = disk_store(directory.path() / "store");
    commit(*store, rich_graph());
    store->report({{Key{Kind::unit, "default/thing"}, ready()}},
                  {event(Key{Kind::unit, "default/thing"}, "Started")}, {}, "");
    store->put(Book::settings, {{"a", "b"}});
    store->checkpoint(directory.path() / "copy");
    commit(*store, graph_of({setting("later", "x")}));

    const auto copy = disk_store(directory.path() / "copy");
    CHECK(contents(*copy->snapshot().graph) == contents(rich_graph()));
    CHECK(copy->snapshot().ready(Key{Kind::unit, "default/thing"}));
    CHECK(copy->intents(0, 10).size() == 1);
    CHECK(copy->events({}, 10).size() == 1);
    CHECK(copy->get(Book::settings, "a") == "b");
    commit(*copy, graph_of({setting("other", "x")}));
    CHECK(store->head()->find(setting_key("other")) == nullptr);
  }

  TEST_CASE("a copy goes nowhere that is taken, and leaves what was there") {
    const TemporaryDirectory directory;
    const auto store = disk_store(directory.path() / "store");
    std::filesystem::create_directory(directory.path() / "taken");
    CHECK_THROWS_AS(store->checkpoint(directory.path() / "taken"), Error);
    CHECK(std::filesystem::exists(directory.path() / "taken"));
    CHECK_THROWS_AS(store->checkpoint(directory.path() / "no" / "where"), Error);
  }
}

}  // namespace town

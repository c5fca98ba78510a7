#include "state/graph.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "state/error.h"

namespace town {
namespace {

const Key kPackage{Kind::package, "default/nginx"};
const Key kVolume{Kind::volume, "default/nginx/2.0/html"};
const Key kUnit{Kind::unit, "default/nginx/2.0"};

Resource resource(const Key& key, Spec spec) {
  Resource made;
  made.key = key;
  made.digest = digest(spec);
  made.spec = std::move(spec);
  return made;
}

Resource volume(std::uint64_t quota) {
  auto made = resource(kVolume, VolumeSpec{"v1", "installed/x", quota, {}, {}});
  made.owner = kPackage;
  made.finalizers = {"volumes"};
  return made;
}

Resource unit() {
  auto made = resource(kUnit, UnitSpec{});
  made.owner = kPackage;
  made.needs = {kVolume};
  return made;
}

Graph graph_of(std::vector<Resource> resources) {
  Graph graph;
  for (auto& made : resources) graph.put(std::move(made));
  return graph;
}

std::vector<Resource> contents(const Graph& graph) {
  std::vector<Resource> all;
  graph.each([&](const ResourcePtr& found) { all.push_back(*found); });
  return all;
}

/// What the store holds once `wanted` has been committed on `stored`.
Graph after(const Graph& stored, const Graph& wanted, const std::vector<Key>& purge = {}) {
  return apply(stored, diff(stored, wanted, purge));
}

}  // namespace

TEST_SUITE("state/graph") {
  TEST_CASE("a resource is found by its key, its kind, its owner and its needs") {
    const auto graph = graph_of({resource(kPackage, PackageSpec{}), volume(1), unit()});
    CHECK(graph.size() == 3);
    CHECK(graph.find(kUnit)->key == kUnit);
    CHECK(graph.find(Key{Kind::unit, "other"}) == nullptr);
    CHECK(graph.of(Kind::volume).size() == 1);
    CHECK(graph.of(Kind::image).empty());
    REQUIRE(graph.owned_by(kPackage).size() == 2);
    CHECK(graph.owned_by(kPackage)[0]->key == kVolume);
    CHECK(graph.owned_by(kVolume).empty());
    CHECK(graph.dependants(kVolume) == std::vector<Key>{kUnit});
    CHECK(graph.dependants(kPackage).empty());
  }

  TEST_CASE("a graph made at once is the one that was put together") {
    std::vector<ResourcePtr> resources;
    for (const auto& made : {unit(), resource(kPackage, PackageSpec{}), volume(1)}) {
      resources.push_back(std::make_shared<const Resource>(made));
    }
    resources.push_back(resources.front());
    CHECK_THROWS_AS(Graph{resources}, Error);
    resources.pop_back();
    const Graph at_once(resources);
    CHECK(contents(at_once) ==
          contents(graph_of({resource(kPackage, PackageSpec{}), volume(1), unit()})));
    CHECK(at_once.owned_by(kPackage).size() == 2);
    CHECK(at_once.dependants(kVolume) == std::vector<Key>{kUnit});
  }

  TEST_CASE("what needs its owner is linked to it once, and unlinked once") {
    auto both = unit();
    both.needs = {kPackage};
    Graph graph(std::vector<ResourcePtr>{std::make_shared<const Resource>(both)});
    CHECK(graph.dependants(kPackage).size() == 1);
    CHECK(graph.owned_by(kPackage).size() == 1);
    both.needs.clear();
    graph.put(both);
    CHECK(graph.dependants(kPackage).empty());
    CHECK(graph.owned_by(kPackage).size() == 1);
    graph.erase(kUnit);
    CHECK(graph.owned_by(kPackage).empty());
  }

  TEST_CASE("a spec is found only under its own type") {
    const auto graph = graph_of({volume(5)});
    REQUIRE(graph.spec<VolumeSpec>(kVolume) != nullptr);
    CHECK(graph.spec<VolumeSpec>(kVolume)->quota == 5);
    CHECK(graph.spec<UnitSpec>(kVolume) == nullptr);
    CHECK(graph.spec<VolumeSpec>(kUnit) == nullptr);
  }

  TEST_CASE("who owns and who needs whom follows every change") {
    auto graph = graph_of({volume(1), unit()});
    auto changed = unit();
    changed.needs = {};
    graph.put(changed);
    CHECK(graph.dependants(kVolume).empty());
    CHECK(graph.owned_by(kPackage).size() == 2);
    changed.owner.reset();
    changed.needs = {kVolume};
    graph.put(changed);
    CHECK(graph.dependants(kVolume).size() == 1);
    CHECK(graph.owned_by(kPackage).size() == 1);
    graph.erase(kUnit);
    CHECK(graph.dependants(kVolume).empty());
    CHECK(graph.find(kUnit) == nullptr);
  }

  TEST_CASE("a copy keeps what it was") {
    auto graph = graph_of({volume(1), unit()});
    const auto copy = graph;
    graph.put(volume(2));
    graph.erase(kUnit);
    CHECK(copy.spec<VolumeSpec>(kVolume)->quota == 1);
    CHECK(copy.dependants(kVolume).size() == 1);
    CHECK(copy.size() == 2);
  }
}

TEST_SUITE("state/graph diff") {
  TEST_CASE("equal graphs differ in nothing, whatever their generations") {
    auto stored = volume(1);
    stored.generation = 7;
    CHECK(diff(graph_of({stored}), graph_of({volume(1)}), {}).empty());
    CHECK(diff(Graph{}, Graph{}, {}).empty());
  }

  TEST_CASE("what is new begins at generation 1, with its digest") {
    auto wanted = volume(1);
    wanted.generation = 5;
    wanted.digest.clear();
    const auto delta = diff(Graph{}, graph_of({wanted}), {});
    REQUIRE(delta.put.size() == 1);
    CHECK(delta.put[0] == volume(1));
    CHECK(delta.erased.empty());
  }

  TEST_CASE("a generation rises where the spec changed, and only there") {
    const auto stored = graph_of({volume(1), unit()});
    const auto wanted = graph_of({volume(2), unit()});
    const auto delta = diff(stored, wanted, {});
    REQUIRE(delta.put.size() == 1);
    CHECK(delta.put[0].key == kVolume);
    CHECK(delta.put[0].generation == 2);
    CHECK(delta.put[0].digest == digest(delta.put[0].spec));
    CHECK(diff(apply(stored, delta), wanted, {}).empty());
  }

  TEST_CASE("needs, owner, finalizers and labels change without a new generation") {
    const auto stored = graph_of({unit()});
    for (int what = 0; what < 4; ++what) {
      CAPTURE(what);
      auto wanted = unit();
      if (what == 0) wanted.needs.clear();
      if (what == 1) wanted.owner.reset();
      if (what == 2) wanted.finalizers = {"units"};
      if (what == 3) wanted.labels = {{"a", "b"}};
      const auto delta = diff(stored, graph_of({wanted}), {});
      REQUIRE(delta.put.size() == 1);
      CHECK(delta.put[0] == wanted);
      CHECK(delta.put[0].generation == 1);
    }
  }

  TEST_CASE("what is not wanted any more goes, or stays deleting while a loop must undo it") {
    const auto delta = diff(graph_of({volume(1), unit()}), Graph{}, {});
    CHECK(delta.erased == std::vector<Key>{kUnit});
    REQUIRE(delta.put.size() == 1);
    CHECK(delta.put[0].key == kVolume);
    CHECK(delta.put[0].deleting);
    CHECK_FALSE(delta.put[0].purge);
    CHECK(delta.put[0].generation == 1);
  }

  TEST_CASE("data is destroyed only where it was asked for, and asking once is enough") {
    const auto stored = graph_of({volume(1)});
    const auto purged = after(stored, Graph{}, {kVolume});
    CHECK(purged.find(kVolume)->purge);
    CHECK(diff(purged, Graph{}, {}).empty());
    const auto kept = after(stored, Graph{});
    CHECK_FALSE(kept.find(kVolume)->purge);
    const auto later = diff(kept, Graph{}, {kVolume});
    REQUIRE(later.put.size() == 1);
    CHECK(later.put[0].purge);
  }

  TEST_CASE("naming what is still wanted purges nothing") {
    const auto stored = graph_of({volume(1)});
    CHECK(diff(stored, graph_of({volume(1)}), {kVolume}).empty());
  }

  TEST_CASE("what is deleting and stays unwanted is left as it is") {
    CHECK(diff(after(graph_of({volume(1)}), Graph{}), Graph{}, {}).empty());
  }

  TEST_CASE("what is deleting and wanted again comes back to life at its next generation") {
    const auto deleting = after(graph_of({volume(1)}), Graph{}, {kVolume});
    const auto delta = diff(deleting, graph_of({volume(1)}), {});
    REQUIRE(delta.put.size() == 1);
    CHECK_FALSE(delta.put[0].deleting);
    CHECK_FALSE(delta.put[0].purge);
    CHECK(delta.put[0].generation == 2);
  }

  TEST_CASE("the difference done to the stored graph gives the wanted one") {
    std::mt19937 chance(2);
    const auto random_graph = [&] {
      Graph graph;
      for (int i = 0; i < 300; ++i) {
        if (chance() % 2 == 0) continue;
        const Key key{Kind::setting, std::to_string(i)};
        graph.put(resource(key, SettingSpec{std::to_string(chance() % 2)}));
      }
      return graph;
    };
    auto stored = random_graph();
    for (int round = 0; round < 20; ++round) {
      const auto wanted = random_graph();
      stored = after(stored, wanted);
      CHECK(diff(stored, wanted, {}).empty());
      auto got = contents(stored);
      for (auto& found : got) found.generation = 1;
      CHECK(got == contents(wanted));
    }
  }
}

}  // namespace town

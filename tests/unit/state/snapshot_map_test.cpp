#include "state/snapshot_map.h"

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <string>
#include <thread>

namespace town {
namespace {

using Map = SnapshotMap<int, std::string>;

std::map<int, std::string> contents(const Map& map) {
  std::map<int, std::string> found;
  map.each([&](int key, const std::string& value) { found.emplace(key, value); });
  CHECK(found.size() == map.size());
  return found;
}

}  // namespace

TEST_SUITE("state/snapshot_map") {
  TEST_CASE("it holds what an ordinary map holds after any changes, and so does every copy") {
    std::mt19937 chance(1);
    Map map;
    std::map<int, std::string> expected;
    std::vector<std::pair<Map, std::map<int, std::string>>> copies;
    for (int i = 0; i < 20'000; ++i) {
      const int key = static_cast<int>(chance() % 3000);
      if (chance() % 3 == 0) {
        CHECK(map.erase(key) == (expected.erase(key) == 1));
      } else {
        map.put(key, std::to_string(i));
        expected[key] = std::to_string(i);
      }
      if (i % 2000 == 0) copies.emplace_back(map, expected);
    }
    CHECK(contents(map) == expected);
    for (const auto& [copy, then] : copies) CHECK(contents(copy) == then);
  }

  TEST_CASE("every key is found, and no other, whether they came in order or not") {
    for (const int step : {1, 7919}) {
      Map map;
      for (int i = 0; i < 10'007; ++i) map.put(i * step % 10'007 * 2, "x");
      CHECK(map.size() == 10'007);
      for (int i = 0; i < 10'007; ++i) {
        CHECK(map.find(2 * i) != nullptr);
        CHECK(map.find(2 * i + 1) == nullptr);
      }
      CHECK(map.find(-1) == nullptr);
    }
  }

  TEST_CASE("a map made at once holds the same, and can be changed like any other") {
    for (const int size : {0, 1, 127, 128, 129, 1000}) {
      CAPTURE(size);
      std::vector<Map::Entry> entries;
      for (int i = 0; i < size; ++i) entries.emplace_back(i * 2, "x");
      Map map(std::move(entries));
      CHECK(map.size() == static_cast<std::size_t>(size));
      CHECK(contents(map).size() == static_cast<std::size_t>(size));
      for (int i = 0; i < size; ++i) {
        CHECK(map.find(2 * i) != nullptr);
        map.put(2 * i + 1, "y");
      }
      CHECK(contents(map).size() == static_cast<std::size_t>(2 * size));
    }
  }

  TEST_CASE("a scan begins at its key and ends when told to") {
    Map map;
    for (int i = 0; i < 1000; ++i) map.put(i * 10, "x");
    std::vector<int> seen;
    map.scan(4995, [&](int key, const std::string&) {
      seen.push_back(key);
      return key < 5020;
    });
    CHECK(seen == std::vector<int>{5000, 5010, 5020});
  }

  TEST_CASE("an empty map has nothing to find, to erase or to visit") {
    Map map;
    CHECK(map.empty());
    CHECK(map.find(1) == nullptr);
    CHECK_FALSE(map.erase(1));
    map.put(1, "x");
    CHECK(map.erase(1));
    CHECK(contents(map).empty());
    map.scan(0, [](int, const std::string&) { return true; });
  }

  TEST_CASE("readers of a copy are not disturbed by a writer of another") {
    Map map;
    for (int i = 0; i < 500; ++i) map.put(i, "old");
    std::vector<std::jthread> readers;
    for (int reader = 0; reader < 3; ++reader) {
      readers.emplace_back([copy = map] {
        for (int round = 0; round < 50; ++round) {
          copy.each([](int, const std::string& value) {
            if (value != "old") throw std::logic_error("a copy changed");
          });
        }
      });
    }
    for (int i = 0; i < 500; ++i) map.put(i, "new");
    readers.clear();
    // Nobody else holds the chunks now: they are written in place.
    for (int i = 0; i < 500; ++i) map.put(i, "newer");
    CHECK(*map.find(499) == "newer");
  }
}

}  // namespace town

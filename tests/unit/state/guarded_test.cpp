#include "state/guarded.h"

#include <doctest/doctest.h>

#include <thread>
#include <vector>

namespace town {

TEST_SUITE("state/guarded") {
  TEST_CASE("changes from many threads are all kept") {
    Guarded<int> number(0);
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
          for (int k = 0; k < 1000; ++k) number.with([](int& value) { ++value; });
        });
      }
    }
    CHECK(number.with([](int value) { return value; }) == 4000);
  }
}

}  // namespace town

#include "api/pool.h"

#include <doctest/doctest.h>

#include <atomic>
#include <latch>

namespace town::api {

using namespace std::chrono_literals;

TEST_SUITE("api/pool") {
  TEST_CASE("work that blocks does not keep other work waiting, up to the bound") {
    ElasticPool pool(1, 4, 60s);
    std::latch all(4);
    for (int i = 0; i < 4; ++i) {
      CHECK(pool.add([&] { all.arrive_and_wait(); }));  // ends only if all four run at once
    }
    all.wait();
    CHECK(pool.threads() == 4);
    pool.shutdown();
  }

  TEST_CASE("shutdown finishes what was added and takes nothing more") {
    ElasticPool pool(1, 2, 60s);
    std::atomic<int> done{0};
    for (int i = 0; i < 20; ++i) pool.add([&] { ++done; });
    pool.shutdown();
    CHECK(done == 20);
    CHECK_FALSE(pool.add([&] { ++done; }));
    CHECK(pool.threads() == 0);
  }
}

}  // namespace town::api

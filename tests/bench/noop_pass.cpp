// bench_noop_pass DIR SERVICES PAIRS: a pass of the three loops over a box where nothing is to be
// done, on the memory drivers, and RocksDB's scan of the same resources, in turns. Prints JSON.
#include <spdlog/spdlog.h>

#include <filesystem>
#include <iostream>
#include <stdexcept>

#include "tests/bench/rows.h"
#include "tests/bench/stopwatch.h"
#include "tests/bench/world.h"

namespace {

using namespace town;
using Json = nlohmann::json;

/// What the three plans find to do, and how many things they looked at. Throws if it is not all.
Json look(test::Box& box) {
  std::size_t changes = 0;
  std::size_t seen = 0;
  std::size_t owned = 0;
  const auto snapshot = box.snapshot();
  for (Controller* controller :
       std::initializer_list<Controller*>{&box.volumes, &box.networks, &box.units}) {
    View view{snapshot, {}, true};
    for (const auto kind : controller->kinds()) {
      for (const auto& resource : snapshot.graph->of(kind)) view.due.push_back(resource->key);
    }
    owned += view.due.size();
    const auto plan = controller->plan(view, {});
    changes += plan.changes.size();
    for (const auto& sighting : plan.sightings) seen += sighting.ready ? 1U : 0U;
  }
  if (seen != owned) throw std::runtime_error("not everything was seen to be ready");
  return {{"changes", changes}, {"seen", seen}};
}

Json measure(const std::filesystem::path& directory, int services, int pairs) {
  const std::shared_ptr<Store> store = Store::open({.path = directory / "store"});
  auto box = bench::make_box(store, services);
  bench::converge(*box);
  store->checkpoint(directory / "copy");
  const bench::Rows rows(directory / "copy");
  const auto expected = rows.scan();

  Json result = look(*box);
  std::size_t calls = 0;
  box->machine->on_call([&](const std::string&) { ++calls; });
  const auto syncs = store->synced_writes();
  const auto revision = store->snapshot().revision;
  Json measured = Json::array();
  for (int i = 0; i < pairs; ++i) {
    bench::Rows::Sum sum;
    const auto theirs = bench::timed([&] { sum = rows.scan(); });
    const auto ours = bench::timed([&] {
      for (auto& loop : box->loops) loop->pass();
    });
    measured.push_back({{"ours", ours}, {"theirs", theirs}});
    if (sum.rows != expected.rows || sum.bytes != expected.bytes) {
      throw std::runtime_error("the scan did not see all rows");
    }
  }
  if (store->snapshot().revision != revision) throw std::runtime_error("a pass changed the store");
  result.update({{"pairs", measured},
                 {"rows", expected.rows},
                 {"bytes", expected.bytes},
                 {"resources", box->snapshot().graph->size()},
                 {"driver_changes", calls},
                 {"syncs", store->synced_writes() - syncs}});
  return result;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) {
    std::cerr << "usage: bench_noop_pass DIR SERVICES PAIRS\n";
    return 2;
  }
  try {
    spdlog::set_level(spdlog::level::off);
    std::cout << measure(arguments[1], std::stoi(arguments[2]), std::stoi(arguments[3])) << "\n";
  } catch (const std::exception& error) {
    std::cerr << "bench_noop_pass: " << error.what() << "\n";
    return 1;
  }
}

// bench_make_world DATA SERVICES [settled]: the data directory of a townd with that many services
// and one admin ("bench", "correct-horse-battery"). Prints what is in it as JSON.
#include <spdlog/spdlog.h>

#include <filesystem>
#include <iostream>

#include "api/accounts.h"
#include "tests/bench/stopwatch.h"
#include "tests/bench/world.h"

namespace {

using namespace town;

void make(const std::filesystem::path& data, int services, bool settled) {
  std::filesystem::create_directories(data / "town");
  const SystemClock clock;
  const std::shared_ptr<Store> store = Store::open({.path = data / "town" / "store"});
  api::Accounts accounts(*store, clock);
  accounts.create(
      {"bench", Secret("correct-horse-battery"), "bench@example.org", "+1 555 0100", "Bench", true},
      true);
  auto box = bench::make_box(store, services);
  if (settled) bench::converge(*box);
  std::size_t bytes = 0;
  box->snapshot().graph->each([&](const ResourcePtr& resource) {
    bytes += to_string(resource->key).size();
    bytes += to_json(resource->spec, Secrets::keep).dump().size();
  });
  std::cout << nlohmann::json{{"resources", box->snapshot().graph->size()},
                              {"document_bytes", bytes}}
            << "\n";
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) {
    std::cerr << "usage: bench_make_world DATA SERVICES [settled]\n";
    return 2;
  }
  try {
    spdlog::set_level(spdlog::level::off);
    make(arguments[1], std::stoi(arguments[2]), count > 3);
  } catch (const std::exception& error) {
    std::cerr << "bench_make_world: " << error.what() << "\n";
    return 1;
  }
}

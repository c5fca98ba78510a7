// bench_micro: single pieces under Google Benchmark, for the trend and for a profiler. The table of
// the scoreboard is made by `run`.
#include <benchmark/benchmark.h>
#include <spdlog/spdlog.h>

#include <filesystem>

#include "tests/bench/world.h"

namespace {

using namespace town;

/// A settled box of that size; made once, as it takes seconds.
test::Box& settled(int services) {
  static std::map<int, std::unique_ptr<test::Box>> boxes;
  auto& box = boxes[services];
  if (!box) {
    box = bench::make_box(nullptr, services);
    bench::converge(*box);
  }
  return *box;
}

void services(benchmark::internal::Benchmark* made) {
  made->Arg(1'000)->Arg(10'000)->Unit(benchmark::kMillisecond);
}

/// One controller's look at the machine and the plan from it.
void plan(benchmark::State& state, Controller& controller, test::Box& box) {
  View view{box.snapshot(), {}, true};
  for (const auto kind : controller.kinds()) {
    for (const auto& resource : view.snapshot.graph->of(kind)) view.due.push_back(resource->key);
  }
  for (auto _ : state) benchmark::DoNotOptimize(controller.plan(view, {}));
}

void plan_volumes(benchmark::State& state) {
  auto& box = settled(static_cast<int>(state.range(0)));
  plan(state, box.volumes, box);
}
BENCHMARK(plan_volumes)->Apply(services);

void plan_networks(benchmark::State& state) {
  auto& box = settled(static_cast<int>(state.range(0)));
  plan(state, box.networks, box);
}
BENCHMARK(plan_networks)->Apply(services);

void plan_units(benchmark::State& state) {
  auto& box = settled(static_cast<int>(state.range(0)));
  plan(state, box.units, box);
}
BENCHMARK(plan_units)->Apply(services);

void whole_pass(benchmark::State& state) {
  auto& box = settled(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    for (auto& loop : box.loops) loop->pass();
  }
}
BENCHMARK(whole_pass)->Apply(services);

/// One more intent of a person: checked, compiled and committed to a store in memory.
void submit_setting(benchmark::State& state) {
  auto& box = settled(static_cast<int>(state.range(0)));
  std::uint64_t value = 0;
  for (auto _ : state) box.submit(SetSetting{"bench", std::to_string(++value)});
}
BENCHMARK(submit_setting)->Apply(services)->Iterations(200);

void open_store(benchmark::State& state) {
  const auto path =
      std::filesystem::temp_directory_path() / ("bench-store-" + std::to_string(getpid()));
  bench::make_box(Store::open({.path = path}), static_cast<int>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(Store::open({.path = path}));
  std::filesystem::remove_all(path);
}
BENCHMARK(open_store)->Apply(services);

}  // namespace

int main(int count, char** arguments) {
  spdlog::set_level(spdlog::level::off);
  benchmark::Initialize(&count, arguments);
  if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 2;
  benchmark::RunSpecifiedBenchmarks();
}

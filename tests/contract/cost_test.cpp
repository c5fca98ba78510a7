// How dear it is to look, on the real drivers. The bars are about ten times what a quiet machine
// with two processors needs: they catch a process per look, not a bad day.
#include <doctest/doctest.h>

#include <algorithm>

#include "controllers/drivers/process.h"
#include "machine.h"

namespace town::contract {
namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

/// The median of 21 runs, each after a `before` that does not count.
template <typename Before, typename F>
Milliseconds time_of(Before&& before, F&& use) {
  std::vector<Milliseconds> times;
  for (int i = 0; i < 21; ++i) {
    before();
    const auto begin = std::chrono::steady_clock::now();
    use();
    times.emplace_back(std::chrono::steady_clock::now() - begin);
  }
  std::nth_element(times.begin(), times.begin() + 10, times.end());
  return times[10];
}

template <typename F>
Milliseconds time_of(F&& use) {
  return time_of([] {}, std::forward<F>(use));
}

}  // namespace

TEST_SUITE("contract/cost") {
  TEST_CASE("the states of 30 units cost little" * doctest::skip(!is_real())) {
    Machine machine;
    for (int i = 0; i < 30; ++i) {
      const std::string unit = "town-os-contract-" + std::to_string(i) + ".service";
      machine.systemd().write_file(unit, sleeping_unit("Cost"));
      machine.systemd().start(unit, kPatience, {});
    }
    CHECK(machine.systemd().states().size() == 30);
    const auto first =
        time_of([&] { machine.systemd().reload(); }, [&] { machine.systemd().states(); });
    const auto again = time_of([&] { machine.systemd().states(); });
    const auto files = time_of([&] { machine.systemd().files(); });
    MESSAGE("states of 30 units: after a reload ", first.count(), " ms, then ", again.count(),
            " ms; their files ", files.count(), " ms");
    CHECK(first < 100ms);
    CHECK(again < 10ms);
    CHECK(files < 10ms);
  }

  TEST_CASE("a list of 1,000 subvolumes costs little" * doctest::skip(!is_real())) {
    Machine machine;
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 1000; ++i) {
      const std::string number = std::to_string(i);
      machine.btrfs().create("user/cost/" + number, "c" + number, 1 << 20, 1, 1);
    }
    const Milliseconds created = std::chrono::steady_clock::now() - begin;
    CHECK(machine.btrfs().list().size() == 1000);
    const auto list = time_of([&] { machine.btrfs().list(); });
    const auto before = std::chrono::steady_clock::now();
    for (int i = 0; i < 1000; ++i) machine.btrfs().destroy("user/cost/" + std::to_string(i));
    const Milliseconds destroyed = std::chrono::steady_clock::now() - before;
    MESSAGE("1,000 subvolumes: list ", list.count(), " ms, create ", created.count() / 1000,
            " ms each, destroy ", destroyed.count() / 1000, " ms each");
    CHECK(list < 200ms);
  }

  TEST_CASE("images, containers and listeners cost little" * doctest::skip(!is_real())) {
    Machine machine;
    const std::string unit = "town-os-contract-web.service";
    machine.podman().pull(kImage, {}, {});
    machine.podman().create_network("town-os-contract-net", {{"town.contract", "yes"}}, {});
    machine.systemd().write_file(
        unit, container_unit("town-os-contract-web", "town-os-contract-net", "unit/web", 18080));
    machine.systemd().start(unit, kPatience, {});
    const auto pid = machine.state(unit)->main_pid;
    const auto images = time_of([&] { machine.podman().images(); });
    const auto networks = time_of([&] { machine.podman().networks(); });
    const auto container = time_of([&] { machine.podman().container_of(pid); });
    const auto listeners = time_of([&] { machine.sockets().listeners(); });
    MESSAGE("images ", images.count(), " ms, networks ", networks.count(), " ms, container_of ",
            container.count(), " ms, listeners ", listeners.count(), " ms");
    CHECK(images < 5ms);
    CHECK(networks < 5ms);
    CHECK(container < 5ms);
    CHECK(listeners < 100ms);
  }
}

}  // namespace town::contract

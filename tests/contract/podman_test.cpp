#include "controllers/drivers/podman.h"

#include <doctest/doctest.h>

#include "controllers/drivers/process.h"
#include "machine.h"

namespace town::contract {
namespace {

const std::string kUnit = "town-os-contract-web.service";
const std::string kContainer = "town-os-contract-web";
const std::string kNetwork = "town-os-contract-net";
const std::map<std::string, std::string> kLabels{{"town.contract", "yes"},
                                                 {"town.key", "network/a"}};
constexpr int kPort = 18080;

std::optional<PodmanNetwork> network(Machine& machine) {
  for (auto& found : machine.podman().networks()) {
    if (found.name == kNetwork) return std::move(found);
  }
  return std::nullopt;
}

/// Starts the container's unit, with all that it needs.
void start_web(Machine& machine) {
  machine.podman().pull(kImage, {}, {});
  machine.podman().create_network(kNetwork, kLabels, {});
  machine.systemd().write_file(kUnit,
                               container_unit(kContainer, kNetwork, "unit/contract/web", kPort));
  machine.systemd().start(kUnit, kPatience, {});
}

bool listens(Machine& machine) {
  for (const auto& listener : machine.sockets().listeners()) {
    if (listener.port == kPort && listener.protocol == "tcp" && listener.program == "conmon" &&
        listener.pid > 0) {
      return true;
    }
  }
  return false;
}

}  // namespace

TEST_SUITE("contract/podman") {
  TEST_CASE("a pulled image is listed under the reference that was asked for") {
    Machine machine;
    int lines = 0;
    machine.podman().pull(kImage, [&](const std::string&) { ++lines; }, {});
    CHECK(lines > 0);
    CHECK(machine.podman().images().contains(kImage));
    machine.podman().pull(kImage, {}, {});  // there already
  }

  TEST_CASE("a network is made once, with its labels") {
    Machine machine;
    CHECK_FALSE(network(machine).has_value());
    machine.podman().create_network(kNetwork, kLabels, {});
    machine.podman().create_network(kNetwork, kLabels, {});
    REQUIRE(network(machine).has_value());
    CHECK(network(machine)->labels == kLabels);
    CHECK(reason_of([&] {
            machine.podman().create_network(kNetwork, {{"a", "b"}}, {});
          }) == "NetworkTaken");
    machine.podman().remove_network(kNetwork, {});
    machine.podman().remove_network(kNetwork, {});  // gone already
    CHECK_FALSE(network(machine).has_value());
  }

  TEST_CASE("a command runs in a running container, and only there") {
    Machine machine;
    start_web(machine);
    std::string said;
    const auto run_line = [&](const std::string& line) {
      return machine.podman().exec(kContainer, {"sh", "-c", line}, kPatience,
                                   [&](const std::string& text) { said += text + "\n"; }, {});
    };
    CHECK(run_line("echo out; echo \"it's\" >&2") == 0);
    if (is_real()) {
      CHECK(said.find("out\n") != std::string::npos);
      CHECK(said.find("it's\n") != std::string::npos);
      CHECK(run_line("exit 7") == 7);
      CHECK(reason_of([&] {
              machine.podman().exec(kContainer, {"sh", "-c", "sleep 60"}, 1s, {}, {});
            }) == "CommandTimedOut");
    }
    machine.systemd().stop(kUnit, kPatience, {});
    CHECK(run_line("true") != 0);
    CHECK(machine.podman().exec("town-os-contract-none", {"true"}, kPatience, {}, {}) != 0);
  }

  TEST_CASE("a unit's main pid leads to its container and the marks on it") {
    Machine machine;
    start_web(machine);
    const auto container = machine.podman().container_of(machine.state(kUnit)->main_pid);
    REQUIRE(container.has_value());
    CHECK(container->name == kContainer);
    CHECK(container->annotations.at("town.key") == "unit/contract/web");
    const auto all = machine.podman().containers();
    REQUIRE(all.size() == 1);
    CHECK(all[0].id == container->id);
    CHECK(all[0].name == kContainer);
    CHECK_FALSE(machine.podman().container_of(0).has_value());
    CHECK_FALSE(machine.podman().container_of(1).has_value());
  }

  TEST_CASE("a network in use is not removed") {
    Machine machine;
    start_web(machine);
    CHECK(reason_of([&] { machine.podman().remove_network(kNetwork, {}); }) == "NetworkInUse");
    machine.systemd().stop(kUnit, kPatience, {});
    CHECK(machine.podman().containers().empty());
    machine.podman().remove_network(kNetwork, {});
    CHECK_FALSE(network(machine).has_value());
  }

  TEST_CASE("a published port is listened on while the container runs") {
    Machine machine;
    CHECK_FALSE(listens(machine));
    start_web(machine);
    CHECK(listens(machine));
    machine.systemd().stop(kUnit, kPatience, {});
    CHECK_FALSE(listens(machine));
  }

  TEST_CASE("a container without its network or with a taken port does not start") {
    Machine machine;
    start_web(machine);
    const std::string other = "town-os-contract-other.service";
    machine.systemd().write_file(
        other, container_unit("town-os-contract-other", kNetwork, "unit/other", kPort));
    CHECK(reason_of([&] { machine.systemd().start(other, kPatience, {}); }) == "JobFailed");
    CHECK(machine.state(other)->active_state == "failed");
    CHECK(machine.state(other)->exit_status >= 125);
    machine.systemd().write_file(
        other, container_unit("town-os-contract-other", "town-os-no-net", "unit/other", kPort + 1));
    machine.systemd().reload();
    CHECK(reason_of([&] { machine.systemd().start(other, kPatience, {}); }) == "JobFailed");
  }

  TEST_CASE("removing a container that runs ends it, and twice is fine") {
    Machine machine;
    start_web(machine);
    machine.podman().remove_container(kContainer, {});
    machine.podman().remove_container(kContainer, {});
    CHECK(machine.podman().containers().empty());
  }

  TEST_CASE("networks and containers that come and go are told to every listener") {
    Heard heard;
    Heard other;
    Machine machine;
    machine.podman().pull(kImage, {}, {});
    machine.podman().on_change(other.listener());
    machine.podman().on_change(heard.listener());
    machine.podman().create_network(kNetwork, kLabels, {});
    CHECK(heard.hears("network"));
    CHECK(other.hears("network"));
    start_web(machine);
    CHECK(heard.hears("container"));
    machine.systemd().stop(kUnit, kPatience, {});
    CHECK(heard.hears("container"));
    machine.podman().on_change({});
  }
}

TEST_SUITE("contract/podman on the real one") {
  TEST_CASE("an image that is not there, and a registry that is not there" *
            doctest::skip(!is_real())) {
    Machine machine;
    CHECK(reason_of([&] { machine.podman().pull(kMissingImage, {}, {}); }) == "ImageNotFound");
    CHECK(reason_of([&] { machine.podman().pull("registry.invalid/denied/timeout:1", {}, {}); }) ==
          "RegistryUnreachable");
    CHECK(reason_of([&] { machine.podman().pull("--help", {}, {}); }) == "BadReference");
  }

  TEST_CASE("a new image is told" * doctest::skip(!is_real())) {
    Heard heard;
    Machine machine;
    machine.podman().pull(kImage, {}, {});
    machine.podman().on_change(heard.listener());
    REQUIRE(run({"podman", "tag", kImage, "localhost/contract:1"}, {}, {}).exit_code == 0);
    CHECK(heard.hears("image"));
    CHECK(machine.podman().images().contains("localhost/contract:1"));
    run({"podman", "untag", kImage, "localhost/contract:1"}, {}, {});
    machine.podman().on_change({});
  }

  TEST_CASE("looking starts no process" * doctest::skip(!is_real())) {
    Machine machine;
    start_web(machine);
    const auto before = processes_started();
    machine.podman().images();
    machine.podman().networks();
    machine.podman().containers();
    machine.podman().container_of(machine.state(kUnit)->main_pid);
    machine.btrfs().list();
    machine.systemd().files();
    machine.sockets().listeners();
    CHECK(processes_started() == before);
  }
}

}  // namespace town::contract

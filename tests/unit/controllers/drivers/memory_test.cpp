#include "controllers/drivers/memory.h"

#include <doctest/doctest.h>

#include <optional>

#include "state/error.h"

namespace town {
namespace {

using namespace std::chrono_literals;

const std::string kUnit = "town-os-package--default-web-1.0.service";
const std::string kImage = "docker.io/library/nginx:1";

std::string container_unit(const std::string& digest, const std::string& more = "") {
  return "# town-os " + digest +
         "\n[Unit]\nDescription=Web\n[Service]\nType=notify\nRestart=on-failure\n"
         "ExecStart=/usr/bin/podman run --rm --replace --name web --network net "
         "--annotation town.spec=" +
         digest + " -p 8080:80 " + more + kImage + "\n";
}

/// A machine on which the unit above can run.
struct Ready {
  MemoryMachine machine;

  Ready() {
    machine.podman().pull(kImage, {}, {});
    machine.podman().create_network("net", {}, {});
    machine.systemd().write_file(kUnit, container_unit("one"));
  }
  void start() { machine.systemd().start(kUnit, 1s, {}); }
  std::optional<UnitState> state() {
    for (auto& unit : machine.systemd().states()) {
      if (unit.unit == kUnit) return unit;
    }
    return std::nullopt;
  }
  std::string start_failure() {
    try {
      start();
    } catch (const Error& error) {
      return error.reason() + ": " + error.what();
    }
    return "none";
  }
  std::string digest() {
    const auto now = state();
    const auto container = machine.podman().container_of(now ? now->main_pid : 0);
    return container ? container->annotations.at("town.spec") : "none";
  }
};

bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_SUITE("controllers/drivers/memory") {
  TEST_CASE("a started unit runs its container, which its main pid leads to") {
    Ready host;
    host.start();
    CHECK(host.state()->active_state == "active");
    CHECK(host.state()->description == "Web");
    CHECK(host.digest() == "one");
    REQUIRE(host.machine.sockets().listeners().size() == 1);
    CHECK(host.machine.sockets().listeners()[0].port == 8080);
    CHECK(host.machine.podman().containers().size() == 1);
  }

  TEST_CASE("each start has its own invocation and pid") {
    Ready host;
    host.start();
    const auto first = *host.state();
    host.machine.systemd().stop(kUnit, 1s, {});
    CHECK_FALSE(host.state().has_value());
    host.start();
    CHECK(host.state()->invocation != first.invocation);
    CHECK(host.state()->main_pid != first.main_pid);
  }

  TEST_CASE("an edited file is seen only after a reload") {
    Ready host;
    host.start();
    host.machine.systemd().write_file(kUnit, container_unit("two"));
    CHECK(host.state()->need_reload);
    host.machine.kill_container(kUnit);  // restarted by Restart=, from the text read before
    CHECK(host.digest() == "one");
    host.machine.systemd().reload();
    CHECK_FALSE(host.state()->need_reload);
    CHECK(host.digest() == "one");
    host.machine.systemd().stop(kUnit, 1s, {});
    host.start();
    CHECK(host.digest() == "two");
    CHECK(host.machine.systemd().reloads() == 1);
  }

  TEST_CASE("a start without a file, image, network or free port fails and says which") {
    Ready host;
    host.machine.drop_file(kUnit);
    CHECK(mentions(host.start_failure(), "UnitNotFound"));
    host.machine.systemd().write_file(kUnit, container_unit("one"));

    host.machine.drop_network("net");
    CHECK(mentions(host.start_failure(), "JobFailed"));
    CHECK(mentions(host.start_failure(), "network net"));
    CHECK(host.state()->active_state == "failed");
    CHECK(host.state()->result == "exit-code");
    host.machine.podman().create_network("net", {}, {});

    host.machine.listen({8080, "tcp", 1, "nginx"});
    CHECK(mentions(host.start_failure(), "tcp port 8080 is in use by nginx"));
  }

  TEST_CASE("a mounted path below the root must lie in a subvolume") {
    Ready host;
    host.machine.systemd().write_file(
        kUnit, container_unit("one", "-v /simulated/installed/web/html/sub:/html "));
    CHECK(mentions(host.start_failure(), "/simulated/installed/web/html/sub does not exist"));
    host.machine.btrfs().create("installed/web/html", "id", 0, {}, {});
    CHECK(host.machine.btrfs().absolute("installed/web/html") == "/simulated/installed/web/html");
    CHECK(host.start_failure() == "none");
  }

  TEST_CASE("an environment file that the unit names must have been written") {
    Ready host;
    host.machine.systemd().write_file(
        kUnit, container_unit("one", "--env-file /run/town-os/environment/" + kUnit + " "));
    CHECK(mentions(host.start_failure(), "environment"));
    host.machine.systemd().write_environment(kUnit, "A=b\n");
    CHECK(host.start_failure() == "none");
  }

  TEST_CASE("a killed container comes back by Restart= with a new invocation") {
    Ready host;
    host.start();
    const auto first = *host.state();
    host.machine.kill_container(kUnit);
    CHECK(host.state()->active_state == "active");
    CHECK(host.state()->invocation != first.invocation);
    host.machine.drop_network("net");
    host.machine.kill_container(kUnit);
    CHECK(host.state()->active_state == "failed");
    CHECK(host.machine.podman().containers().empty());
  }

  TEST_CASE("the hook hears each changing call first, and what it throws is thrown") {
    Ready host;
    std::vector<std::string> calls;
    host.machine.on_call([&](const std::string& call) {
      calls.push_back(call);
      if (call.starts_with("btrfs.create")) throw Error(Code::unavailable, "Fault", "no disk");
    });
    CHECK_THROWS_AS(host.machine.btrfs().create("user/x", "id", 0, {}, {}), Error);
    CHECK(host.machine.btrfs().list().empty());
    host.start();
    host.machine.systemd().states();
    host.machine.stop_unit(kUnit);  // a saboteur is not one of our calls
    CHECK(calls == std::vector<std::string>{"btrfs.create user/x", "systemd.start " + kUnit});
  }

  TEST_CASE("changes are told, also those made behind the drivers' backs") {
    Ready host;
    std::vector<std::string> units;
    std::vector<std::string> whats;
    // Looking from within a callback must not hang: the lock is free by then.
    host.machine.systemd().on_change([&](const std::string& unit) {
      host.machine.systemd().states();
      units.push_back(unit);
    });
    host.machine.podman().on_change([&](const std::string& what) { whats.push_back(what); });
    host.start();
    host.machine.stop_unit(kUnit);
    host.machine.edit_file(kUnit, "# town-os");
    host.machine.drop_network("net");
    CHECK(units == std::vector<std::string>{kUnit, kUnit, kUnit});
    CHECK(whats == std::vector<std::string>{"container", "container", "network"});
  }
}

}  // namespace town

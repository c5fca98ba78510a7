#include "controllers/drivers/systemd.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "machine.h"

namespace town::contract {
namespace {

const std::string kUnit = "town-os-contract-a.service";
const std::string kOther = "town-os-contract-b.service";

}  // namespace

TEST_SUITE("contract/systemd") {
  TEST_CASE("a written unit starts without a reload, and stops") {
    Machine machine;
    machine.systemd().write_file(kUnit, sleeping_unit("One"));
    CHECK_FALSE(machine.state(kUnit).has_value());
    machine.systemd().start(kUnit, kPatience, {});
    const auto state = machine.state(kUnit);
    REQUIRE(state.has_value());
    CHECK(state->active_state == "active");
    CHECK(state->sub_state == "running");
    CHECK(state->load_state == "loaded");
    CHECK(state->description == "One");
    CHECK(state->result == "success");
    CHECK(state->main_pid > 1);
    CHECK(state->invocation.size() == 32);
    CHECK_FALSE(state->need_reload);
    machine.systemd().start(kUnit, kPatience, {});  // runs already
    CHECK(machine.state(kUnit)->invocation == state->invocation);
    machine.systemd().stop(kUnit, kPatience, {});
    const auto stopped = machine.state(kUnit);
    CHECK((!stopped || stopped->active_state == "inactive"));
    machine.systemd().stop(kUnit, kPatience, {});  // stopped already
    CHECK(machine.systemd().reloads() == 0);
  }

  TEST_CASE("each start is another invocation") {
    Machine machine;
    machine.systemd().write_file(kUnit, sleeping_unit("One"));
    machine.systemd().start(kUnit, kPatience, {});
    const auto first = machine.state(kUnit);
    machine.systemd().stop(kUnit, kPatience, {});
    machine.systemd().start(kUnit, kPatience, {});
    CHECK(machine.state(kUnit)->invocation != first->invocation);
    CHECK(machine.state(kUnit)->main_pid != first->main_pid);
  }

  TEST_CASE("files are read back as they were written, and removed") {
    Machine machine;
    machine.systemd().write_file(kUnit, sleeping_unit("One"));
    machine.systemd().write_file(kOther, sleeping_unit("Two"));
    machine.systemd().write_file(kUnit, sleeping_unit("Changed"));
    const auto files = machine.systemd().files();
    REQUIRE(files.size() == 2);
    CHECK(files.at(kUnit) == sleeping_unit("Changed"));
    CHECK(files.at(kOther) == sleeping_unit("Two"));
    machine.systemd().remove_file(kUnit);
    machine.systemd().remove_file(kUnit);  // gone already
    CHECK(machine.systemd().files().size() == 1);
  }

  TEST_CASE("a file without our mark is not ours") {
    Machine machine;
    machine.edit_file(kUnit, "[Service]\nExecStart=/bin/sleep 1\n");
    CHECK(machine.systemd().files().empty());
    machine.systemd().remove_file(kUnit);
  }

  TEST_CASE("only names of our units are taken") {
    Machine machine;
    for (const char* name : {"ssh.service", "town-os-../../etc/x.service", "town-os-a.socket",
                             "town-os-a b.service", "town-os-.service"}) {
      CAPTURE(name);
      CHECK(reason_of([&] { machine.systemd().write_file(name, "x"); }) == "BadUnitName");
      CHECK(reason_of([&] { machine.systemd().stop(name, 1s, {}); }) == "BadUnitName");
      CHECK(reason_of([&] { machine.systemd().write_environment(name, "x"); }) == "BadUnitName");
    }
  }

  TEST_CASE("environments are kept apart from the unit files") {
    Machine machine;
    machine.systemd().write_environment(kUnit, "A=1\n");
    machine.systemd().write_environment(kUnit, "A=2\n");
    CHECK(machine.systemd().environments() == std::map<std::string, std::string>{{kUnit, "A=2\n"}});
    CHECK(machine.systemd().files().empty());
    machine.systemd().remove_environment(kUnit);
    machine.systemd().remove_environment(kUnit);
    CHECK(machine.systemd().environments().empty());
  }

  TEST_CASE("an edited file needs a reload, which makes it count") {
    Machine machine;
    machine.systemd().write_file(kUnit, sleeping_unit("One"));
    machine.systemd().start(kUnit, kPatience, {});
    machine.systemd().write_file(kUnit, sleeping_unit("Two"));
    CHECK(machine.state(kUnit)->need_reload);
    CHECK(machine.state(kUnit)->description == "One");
    machine.systemd().reload();
    CHECK_FALSE(machine.state(kUnit)->need_reload);
    CHECK(machine.state(kUnit)->description == "Two");
    CHECK(machine.systemd().reloads() == 1);
  }

  TEST_CASE("a unit that was stopped starts with what its file says by then, without a reload") {
    Machine machine;
    machine.systemd().write_file(kUnit, sleeping_unit("One"));
    machine.systemd().start(kUnit, kPatience, {});
    machine.systemd().write_file(kUnit, sleeping_unit("Two"));
    machine.systemd().stop(kUnit, kPatience, {});
    machine.systemd().start(kUnit, kPatience, {});
    CHECK(machine.state(kUnit)->description == "Two");
    CHECK_FALSE(machine.state(kUnit)->need_reload);
    CHECK(machine.systemd().reloads() == 0);
  }

  TEST_CASE("a unit that fails throws JobFailed, and can be mended and started") {
    Machine machine;
    machine.systemd().write_file(kUnit, failing_unit());
    for (int i = 0; i < 8; ++i) {  // more often than systemd's start limit allows
      CHECK(reason_of([&] { machine.systemd().start(kUnit, kPatience, {}); }) == "JobFailed");
    }
    const auto failed = machine.state(kUnit);
    REQUIRE(failed.has_value());
    CHECK(failed->active_state == "failed");
    CHECK(failed->result == "exit-code");
    CHECK(failed->exit_status == 1);
    machine.systemd().write_file(kUnit, sleeping_unit("Mended"));
    machine.systemd().reload();
    machine.systemd().start(kUnit, kPatience, {});
    CHECK(machine.state(kUnit)->active_state == "active");
  }

  TEST_CASE("a failure can be forgotten") {
    Machine machine;
    machine.systemd().write_file(kUnit, failing_unit());
    CHECK(reason_of([&] { machine.systemd().start(kUnit, kPatience, {}); }) == "JobFailed");
    machine.systemd().reset_failed(kUnit);
    const auto state = machine.state(kUnit);
    CHECK((!state || state->active_state == "inactive"));
    machine.systemd().reset_failed(kUnit);
    machine.systemd().reset_failed("town-os-never-was.service");
  }

  TEST_CASE("a unit without a file cannot be started, and stopping it is fine") {
    Machine machine;
    CHECK(reason_of([&] { machine.systemd().start(kUnit, kPatience, {}); }) == "UnitNotFound");
    machine.systemd().stop(kUnit, kPatience, {});
  }

  TEST_CASE("a start that takes too long is given up") {
    Machine machine;
    machine.systemd().write_file(kUnit, silent_unit());
    CHECK(reason_of([&] { machine.systemd().start(kUnit, 200ms, {}); }) == "TimedOut");
    machine.systemd().stop(kUnit, kPatience, {});
    const auto state = machine.state(kUnit);
    CHECK((!state || state->active_state != "activating"));
  }

  TEST_CASE("a start is interrupted by a stop request") {
    const auto source = std::make_unique<std::stop_source>();
    Machine machine;
    machine.systemd().write_file(kUnit, silent_unit());
    machine.systemd().on_change([&](const std::string& unit) {
      if (unit == kUnit) source->request_stop();
    });
    CHECK(reason_of([&] { machine.systemd().start(kUnit, kPatience, source->get_token()); }) ==
          "Stopped");
    machine.systemd().on_change({});
    machine.systemd().stop(kUnit, kPatience, {});
  }

  TEST_CASE("starts, stops by others and edits are told by the unit's name") {
    Heard heard;
    Machine machine;
    machine.systemd().write_file(kUnit, sleeping_unit("One"));
    machine.systemd().on_change(heard.listener());
    machine.systemd().start(kUnit, kPatience, {});
    CHECK(heard.hears(kUnit));
    // A bus's last signals of the start may still be on their way: the state tells.
    machine.stop_unit(kUnit);
    CHECK(heard.hears(kUnit));
    const auto state = machine.state(kUnit);
    CHECK((!state || state->active_state == "inactive"));
    machine.edit_file(kOther, sleeping_unit("By hand"));
    CHECK(heard.hears(kOther));
    CHECK(machine.systemd().files().at(kOther) == sleeping_unit("By hand"));
    machine.systemd().on_change({});
  }
}

TEST_SUITE("contract/systemd on disk") {
  TEST_CASE("an environment is root's alone" * doctest::skip(!is_real())) {
    Machine machine;
    machine.systemd().write_environment(kUnit, "SECRET=x\n");
    const auto directory = SystemdPaths{}.environments;
    struct stat status {};
    REQUIRE(stat(directory.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0700);
    REQUIRE(stat((directory / kUnit).c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0600);
  }

  TEST_CASE("the driver survives a restart of the bus and of systemd" * doctest::skip(!is_real())) {
    Heard heard;
    Machine machine;
    machine.systemd().write_file(kUnit, sleeping_unit("One"));
    machine.systemd().start(kUnit, kPatience, {});
    machine.systemd().on_change(heard.listener());
    // While systemd is away calls fail; when it is back, "" is told.
    const auto active_again = [&] {
      for (;;) {
        try {
          return machine.state(kUnit)->active_state == "active";
        } catch (const Error& error) {
          CHECK(error.reason() == "SystemdUnreachable");
          if (!heard.hears("")) return false;
        }
      }
    };
    REQUIRE(std::system("systemctl daemon-reexec") == 0);
    CHECK(active_again());
    REQUIRE(std::system("systemctl restart dbus") == 0);
    CHECK(active_again());
    heard.forget();
    machine.systemd().stop(kUnit, kPatience, {});
    CHECK(heard.hears(kUnit));
  }
}

}  // namespace town::contract

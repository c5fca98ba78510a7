// post_install and post_update, from the wish to the running container.
#include <doctest/doctest.h>

#include "tests/unit/box.h"

namespace town {
namespace {

constexpr auto kApp = R"yaml(image: app
questions:
  password: {query: "Password?", type: secret}
post_install:
  - create-admin '@password@'
  - index
dependencies:
  db: {package: store, post_install: ["grant to @password@"]}
)yaml";
constexpr auto kStore = R"yaml(image: store
post_install: ["create-database"]
post_update: ["migrate", "vacuum"]
)yaml";
constexpr auto kAppContainer = "town-os-package--default-app-1.0";
constexpr auto kStoreContainer = "town-os-package--default-app--dep--db-1.0";
const Key kAppUnit{Kind::unit, "default/app"};
const Key kStoreUnit{Kind::unit, "default/app--dep--db"};

struct Fixture {
  std::unique_ptr<test::Box> box = std::make_unique<test::Box>();
  std::vector<std::string> ran;  ///< "<container>: <command>", and starts of units

  Fixture() {
    box->offers({test::offer("app", "1.0", kApp), test::offer("app", "2.0", kApp),
                 test::offer("store", "1.0", kStore)});
    listen();
  }

  void listen() {
    box->machine->on_call([this](const std::string& call) {
      if (call.starts_with("systemd.start ")) ran.push_back(call.substr(8));
    });
    box->machine->on_exec([this](const std::string& container, const std::string& command) {
      if (command != "true") ran.push_back(container + ": " + command);
      return 0;
    });
  }

  void start_again() {
    auto store = box->store;
    auto machine = box->machine;
    box = std::make_unique<test::Box>(store, machine);
  }

  std::vector<std::string> commands() {
    std::vector<std::string> result;
    for (const auto& line : ran) {
      if (!line.starts_with("start ")) result.push_back(line);
    }
    ran.clear();
    return result;
  }
};

const std::vector<std::string> kAll = {
    std::string(kStoreContainer) + ": create-database",
    std::string(kStoreContainer) + ": grant to pw",
    std::string(kAppContainer) + ": create-admin 'pw'",
    std::string(kAppContainer) + ": index",
};

TEST_SUITE("engine/commands") {
  TEST_CASE_FIXTURE(Fixture, "an install ends with the commands of all parts, each in order") {
    box->install("app", {{"password", "pw"}}, "1.0");
    REQUIRE(box->settle(80));
    const auto begin = std::find(ran.begin(), ran.end(), kAll[1]);
    const auto app =
        std::find(ran.begin(), ran.end(), "start " + std::string(kAppContainer) + ".service");
    CHECK(begin < app);  // a database is ready for what rests on it
    CHECK(commands() == kAll);
    CHECK(box->word({Kind::package, "default/app"}) == Outcome::Word::ready);
    REQUIRE(box->settle());
    CHECK(commands().empty());
  }

  TEST_CASE_FIXTURE(Fixture, "a reboot, a restart and the same install again run nothing") {
    box->install("app", {{"password", "pw"}}, "1.0");
    REQUIRE(box->settle(80));
    commands();
    box->machine->stop_unit(std::string(kAppContainer) + ".service");
    start_again();
    box->offers({test::offer("app", "1.0", kApp), test::offer("store", "1.0", kStore)});
    REQUIRE(box->settle());
    box->install("app", {{"password", "pw"}}, "1.0");
    REQUIRE(box->settle());
    CHECK(commands().empty());
  }

  TEST_CASE_FIXTURE(Fixture, "an upgrade and a change of answers are installs too") {
    box->install("app", {{"password", "pw"}}, "1.0");
    REQUIRE(box->settle(80));
    commands();
    box->install("app", {}, "2.0");
    REQUIRE(box->settle(80));
    CHECK(commands().size() == 4);
    box->install("app", {{"password", "other"}}, "2.0");
    REQUIRE(box->settle(80));
    CHECK(commands().size() == 4);
  }

  TEST_CASE_FIXTURE(Fixture, "a command that fails is told and shown, and stops nothing") {
    box->machine->on_exec([this](const std::string& container, const std::string& command) {
      if (command == "true") return 0;
      ran.push_back(container + ": " + command);
      return command == "create-admin 'pw'" ? 3 : 0;
    });
    box->install("app", {{"password", "pw"}}, "1.0");
    REQUIRE(box->settle(80));
    CHECK(commands() == kAll);
    const auto status = box->snapshot().status(kAppUnit);
    REQUIRE(status.find(ConditionType::degraded) != nullptr);
    CHECK(status.find(ConditionType::degraded)->reason == "AfterInstallFailed");
    CHECK(status.find(ConditionType::degraded)->message.find("command 1 of 2 ended with code 3") !=
          std::string::npos);
    CHECK(status.find(ConditionType::degraded)->message.find("pw") == std::string::npos);
    CHECK(status.find(ConditionType::ready) != nullptr);
    const auto reasons = box->reasons(kAppUnit);
    CHECK(std::ranges::count(reasons, "CommandFailed") == 1);
    REQUIRE(box->settle());
    CHECK(commands().empty());
    listen();
    box->install("app", {{"password", "better"}}, "1.0");
    REQUIRE(box->settle(80));
    CHECK(box->word(kAppUnit) == Outcome::Word::ready);
  }

  TEST_CASE_FIXTURE(Fixture, "a daemon that dies repeats the command it was at, and no other") {
    bool once = true;
    box->machine->on_exec([&](const std::string& container, const std::string& command) {
      if (command != "true") ran.push_back(container + ": " + command);
      if (command == "grant to pw" && std::exchange(once, false)) throw std::string("killed");
      return 0;
    });
    box->install("app", {{"password", "pw"}}, "1.0");
    CHECK_THROWS_AS(box->settle(80), std::string);
    start_again();
    REQUIRE(box->settle(80));
    auto expected = kAll;
    expected.insert(expected.begin() + 1, kAll[1]);
    CHECK(commands() == expected);
  }

  TEST_CASE_FIXTURE(Fixture, "what cannot even be tried is tried again") {
    bool once = true;
    box->machine->on_call([&](const std::string& call) {
      if (call.ends_with(" index") && std::exchange(once, false)) {
        throw Error(Code::unavailable, "NotStarted", "podman could not be started");
      }
    });
    box->install("app", {{"password", "pw"}}, "1.0");
    box->settle(80);
    CHECK(box->word(kAppUnit) == Outcome::Word::degraded);
    start_again();  // backoff is in memory only
    REQUIRE(box->settle(80));
    CHECK(commands() == kAll);
  }

  TEST_CASE_FIXTURE(Fixture,
                    "another image of the same name is followed by the update's commands") {
    box->install("app", {{"password", "pw"}}, "1.0");
    REQUIRE(box->settle(80));
    commands();
    box->machine->replace_image("docker.io/library/store:latest", "new");
    REQUIRE(box->settle());
    CHECK(commands().empty());  // what runs, runs from the old one
    box->machine->stop_unit(std::string(kStoreContainer) + ".service");
    REQUIRE(box->settle(80));
    CHECK(commands() == std::vector<std::string>{std::string(kStoreContainer) + ": migrate",
                                                 std::string(kStoreContainer) + ": vacuum"});
    box->machine->stop_unit(std::string(kStoreContainer) + ".service");
    REQUIRE(box->settle(80));
    CHECK(commands().empty());
  }

  TEST_CASE_FIXTURE(Fixture, "an app without commands is the same on every box") {
    box->offers({test::offer("plain", "1.0", "image: a\npost_update: [migrate]\n")});
    box->install("plain");
    const auto* spec = box->snapshot().graph->spec<PackageSpec>({Kind::package, "default/plain"});
    CHECK(spec->installation.empty());
  }

  TEST_CASE_FIXTURE(Fixture, "the commands are secrets: they may hold answers") {
    box->install("app", {{"password", "pw"}}, "1.0");
    const auto resource = box->snapshot().graph->find(kAppUnit);
    const auto& spec = std::get<UnitSpec>(resource->spec);
    REQUIRE(spec.post_install.size() == 2);
    CHECK(spec.post_install[0] == Secret("create-admin 'pw'"));
    CHECK_FALSE(spec.installation.empty());
  }
}

}  // namespace
}  // namespace town

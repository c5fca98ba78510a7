#include "engine/engine.h"

#include <doctest/doctest.h>

#include "tests/unit/engine/web.h"

namespace town {
namespace {

using namespace test;

std::string reason_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.reason();
  }
  return "nothing was thrown";
}

TEST_SUITE("engine/engine") {
  TEST_CASE("a package and a person's answers become a running unit with a volume and a port") {
    auto box = box_with_web();
    const auto accepted = box->install("web", {{"port", "8080"}});
    CHECK(accepted.number == 1);
    REQUIRE(box->settle());
    CHECK(box->word(kPackage) == Outcome::Word::ready);
    const auto graph = box->snapshot().graph;
    CHECK(graph->spec<VolumeSpec>(kHtml)->quota == 100 * 1024 * 1024);
    CHECK(graph->find({Kind::port, "tcp/8080"}));
    const auto states = box->machine->systemd().states();
    REQUIRE(states.size() == 1);
    CHECK(states[0].active_state == "active");
  }

  TEST_CASE("the same intent twice changes nothing the second time") {
    auto box = box_with_web();
    const auto first = box->install("web", {{"port", "8080"}});
    const auto syncs = box->store->synced_writes();
    const auto second = box->install("web", {{"port", "8080"}});
    CHECK(second.number == 0);
    CHECK(box->snapshot().revision == first.revision);
    CHECK(box->store->synced_writes() == syncs);
  }

  TEST_CASE("an intent is one synced batch") {
    auto box = box_with_web();
    const auto before = box->store->synced_writes();
    box->install("web", {{"port", "8080"}});
    CHECK(box->store->synced_writes() == before + 1);
  }

  TEST_CASE("answers that are missing are drawn once and stay") {
    auto box = box_with_web();
    box->install("web");
    const auto first = box->snapshot().graph->spec<PackageSpec>(kPackage)->responses;
    CHECK_FALSE(first.at("port").empty());
    box->install("web");
    CHECK(box->snapshot().graph->spec<PackageSpec>(kPackage)->responses == first);
  }

  TEST_CASE("a wrong answer names its question and changes nothing") {
    auto box = box_with_web();
    CHECK(reason_of([&] {
            box->install("web", {{"port", "many"}, {"colour", "red"}});
          }) == "InvalidAnswers");
    CHECK(box->snapshot().graph->size() == 0);
  }

  TEST_CASE("two apps that want one port: the second is refused and told who has it") {
    auto box = box_with_web();
    box->offers({test::offer("web", "1.0", kWeb), test::offer("blog", "1.0", kWeb)});
    box->install("web", {{"port", "8080"}});
    try {
      box->install("blog", {{"port", "8080"}});
      FAIL("was accepted");
    } catch (const Error& error) {
      CHECK(error.reason() == "PortTaken");
      CHECK(std::string(error.what()).find("default/web") != std::string::npos);
    }
    CHECK_FALSE(box->snapshot().graph->find({Kind::package, "default/blog"}));
  }

  TEST_CASE("a port that another program holds is refused and the program named") {
    auto box = box_with_web();
    box->machine->listen({8080, "tcp", 7, "sshd"});
    try {
      box->install("web", {{"port", "8080"}});
      FAIL("was accepted");
    } catch (const Error& error) {
      CHECK(error.reason() == "PortInUse");
      CHECK(std::string(error.what()).find("sshd") != std::string::npos);
    }
  }

  TEST_CASE("a port that another program took while its app was stopped is named at the start") {
    auto box = box_with_web();
    box->install("web", {{"port", "8080"}});
    REQUIRE(box->settle());
    const auto switched = [&](bool stopped) {
      return box->submit(SwitchPackage{"default", "web", std::nullopt, stopped, false});
    };
    switched(true);
    REQUIRE(box->settle());
    box->machine->listen({8080, "tcp", 7, "python3"});
    const auto says_who = [](const Accepted& accepted) {
      return accepted.warnings.size() == 1 &&
             accepted.warnings[0].message.find("python3") != std::string::npos;
    };
    CHECK(says_who(box->install("web", {{"greeting", "hi"}})));
    REQUIRE(box->settle());
    CHECK(says_who(switched(false)));
    CHECK_FALSE(box->snapshot().graph->spec<PackageSpec>(kPackage)->stopped);
  }

  TEST_CASE("an app that has not stopped yet holds its own port, and may be started again") {
    auto box = box_with_web();
    box->install("web", {{"port", "8080"}});
    REQUIRE(box->settle());
    box->submit(SwitchPackage{"default", "web", std::nullopt, true, false});
    CHECK_NOTHROW(box->submit(SwitchPackage{"default", "web", std::nullopt, false, false}));
  }

  TEST_CASE("the dashboard's own port is given to nobody") {
    auto box = box_with_web();
    CHECK(reason_of([&] { box->install("web", {{"port", "5309"}}); }) == "PortTaken");
  }

  TEST_CASE("an unknown package is not found") {
    auto box = box_with_web();
    CHECK(reason_of([&] { box->install("nothing"); }) == "PackageNotFound");
  }

  TEST_CASE("the data of an app that is installed is not purged, and the refusal says what to do") {
    auto box = box_with_web();
    box->install("web", {{"port", "8080"}});
    REQUIRE(box->settle());
    try {
      box->submit(PurgeVolumes{"default", "web", true});
      FAIL("was purged");
    } catch (const Error& error) {
      CHECK(error.code() == Code::conflict);
      CHECK(std::string(error.what()).find("uninstall it first") != std::string::npos);
    }
  }

  TEST_CASE("a person's volume has a plain name and a quota that a disk can hold") {
    auto box = box_with_web();
    for (const auto* name : {"-rf", "a/-b", "../x", "", "a b", "installed"}) {
      CAPTURE(name);
      CHECK_THROWS_AS(box->submit(CreateVolume{name, 1}), InvalidInput);
    }
    CHECK(reason_of([&] { box->submit(CreateVolume{"a", kLargestQuota + 1}); }) == "InvalidQuota");
    CHECK_NOTHROW(box->submit(CreateVolume{"a-b/.c", kLargestQuota}));
    CHECK(reason_of([&] {
            box->submit(ModifyVolume{"user/a-b/.c", "", kLargestQuota + 1});
          }) == "InvalidQuota");
    CHECK(reason_of([&] {
            box->submit(SetSetting{"default_quota", "18446744073709551615"});
          }) == "InvalidSetting");
  }

  TEST_CASE("an app that is disabled or stopped says so, and one that runs, too") {
    auto box = box_with_web();
    box->install("web", {{"port", "8080"}});
    REQUIRE(box->settle());
    CHECK(outcome(box->snapshot(), kPackage).message == "running");
    box->submit(SwitchPackage{"default", "web", false, std::nullopt, false});
    REQUIRE(box->settle());
    auto how = outcome(box->snapshot(), kPackage);
    CHECK(how.word == Outcome::Word::ready);
    CHECK(how.reason == "Disabled");
    CHECK(how.message.find("disabled") != std::string::npos);
    box->submit(SwitchPackage{"default", "web", true, true, false});
    REQUIRE(box->settle());
    how = outcome(box->snapshot(), kPackage);
    CHECK(how.reason == "Stopped");
    CHECK(how.message == "stopped, as asked");
  }

  TEST_CASE("an upgrade carries volumes and answers on, and sets aside what the new one drops") {
    auto box = box_with_web();
    std::string without_volume(kWeb);
    without_volume.replace(without_volume.find("  html:"), 7, "  pages:");
    box->offers({test::offer("web", "1.0", kWeb), test::offer("web", "2.0", kWeb),
                 test::offer("web", "3.0", without_volume)});
    box->install("web", {{"port", "8080"}}, "1.0");
    REQUIRE(box->settle());
    const auto id = box->snapshot().graph->spec<VolumeSpec>(kHtml)->id;

    box->install("web", {}, "2.0");
    REQUIRE(box->settle());
    CHECK(box->word(kPackage) == Outcome::Word::ready);
    auto volumes = box->machine->btrfs().list();
    REQUIRE(volumes.size() == 1);
    CHECK(volumes[0].path == "installed/default/web/2.0/html");
    CHECK(volumes[0].id == id);
    CHECK(box->machine->systemd().states().size() == 1);

    box->install("web", {}, "3.0");
    REQUIRE(box->settle());
    volumes = box->machine->btrfs().list();
    REQUIRE(volumes.size() == 2);
    CHECK(volumes[0].path == "installed/default/web/3.0/pages");
    CHECK(volumes[1].path == "uninstalled/default/web/2.0/html");
    CHECK(volumes[1].id == id);
  }

  TEST_CASE("an image that does not exist makes nothing on the disk, and the rest goes on") {
    auto box = box_with_web();
    box->machine->offer_images({"docker.io/library/busybox:latest"});
    box->offers({test::offer("web", "1.0", kWeb),
                 test::offer("box", "1.0", "image: busybox\nvolumes: {d: {mountpoint: /d}}\n")});
    box->install("web", {{"port", "8080"}});
    box->install("box");
    REQUIRE(box->settle());
    CHECK(box->word({Kind::package, "default/box"}) == Outcome::Word::ready);
    const auto result = outcome(box->snapshot(), kPackage);
    CHECK(result.word == Outcome::Word::degraded);
    CHECK(result.reason == "ImageNotFound");
    CHECK(box->machine->btrfs().list().size() == 1);
  }

  TEST_CASE("drift of every sort is noticed, told and repaired") {
    auto box = box_with_web();
    box->install("web", {{"port", "8080"}});
    REQUIRE(box->settle());
    const auto unit = box->machine->systemd().states().at(0).unit;
    Key told = kUnit;
    std::string reason;
    SUBCASE("unit stopped") {
      box->machine->stop_unit(unit);
      reason = "StoppedBehindOurBack";
    }
    SUBCASE("unit file edited") {
      box->machine->edit_file(unit, box->machine->systemd().files().at(unit) + "# mine\n");
      reason = "UnitFileEdited";
    }
    SUBCASE("unit file deleted") {
      box->machine->drop_file(unit);
      reason = "UnitFileDeleted";
    }
    SUBCASE("quota changed") {
      box->machine->set_quota(kHtml.name, 7);
      told = kHtml;
      reason = "QuotaDrifted";
    }
    SUBCASE("subvolume renamed away") {
      box->machine->rename(kHtml.name, "user/elsewhere");
      told = kHtml;
      reason = "RenamedAway";
    }
    SUBCASE("network removed") {
      box->machine->drop_network("town-os-net--default-web-1.0");
      told = {Kind::network, "default/web/1.0"};
      reason = "NetworkRemoved";
    }
    REQUIRE(box->settle());
    const auto reasons = box->reasons(told);
    CHECK(std::find(reasons.begin(), reasons.end(), reason) != reasons.end());
    CHECK(box->word(kPackage) == Outcome::Word::ready);
    CHECK(box->machine->btrfs().list().at(0).path == kHtml.name);
    CHECK(box->machine->btrfs().list().at(0).quota == 100 * 1024 * 1024);
    CHECK(box->machine->systemd().files().contains(unit));
  }

  TEST_CASE("a changed quota takes effect on the live volume and nothing is restarted") {
    auto box = box_with_web();
    box->install("web", {{"port", "8080"}});
    REQUIRE(box->settle());
    const auto before = box->machine->systemd().states().at(0).invocation;
    ModifyVolume request;
    request.path = kHtml.name;
    request.quota = 5000;
    box->submit(request);
    REQUIRE(box->settle());
    CHECK(box->machine->btrfs().list().at(0).quota == 5000);
    CHECK(box->machine->systemd().states().at(0).invocation == before);
  }

  TEST_CASE("a preview changes nothing and says what would") {
    auto box = box_with_web();
    Install request;
    request.package = "web";
    const auto preview = box->engine.preview({{"tester", "test"}, {request}});
    CHECK_FALSE(preview.delta.empty());
    CHECK_FALSE(preview.words.empty());
    CHECK(box->snapshot().graph->size() == 0);
    CHECK(box->store->intents(1000, 10).empty());
  }

  TEST_CASE("stop, start and restart are wishes like any other") {
    auto box = box_with_web();
    box->install("web", {{"port", "8080"}});
    REQUIRE(box->settle());
    SwitchPackage request;
    request.repo = "default";
    request.name = "web";
    request.stopped = true;
    box->submit(request);
    REQUIRE(box->settle());
    CHECK(box->machine->systemd().states().empty());
    CHECK(box->word(kPackage) == Outcome::Word::ready);
    request.stopped = false;
    box->submit(request);
    REQUIRE(box->settle());
    const auto first = box->machine->systemd().states().at(0).invocation;
    request.restart = true;
    box->submit(request);
    REQUIRE(box->settle());
    CHECK(box->machine->systemd().states().at(0).active_state == "active");
    CHECK(box->machine->systemd().states().at(0).invocation != first);
  }

  TEST_CASE("a pass that finds nothing to do reloads nothing and says nothing") {
    auto box = box_with_web();
    box->install("web", {{"port", "8080"}});
    REQUIRE(box->settle());
    const auto revision = box->snapshot().revision;
    const auto reloads = box->machine->systemd().reloads();
    for (auto& loop : box->loops) loop->pass();
    CHECK(box->snapshot().revision == revision);
    CHECK(box->machine->systemd().reloads() == reloads);
  }
}

}  // namespace
}  // namespace town

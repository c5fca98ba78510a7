// What a package brings along, from the wish to the machine and back.
#include <doctest/doctest.h>

#include <algorithm>

#include "engine/package/names.h"
#include "tests/unit/box.h"

namespace town {
namespace {

constexpr auto kApp = R"(image: app
environment: {DATABASE: "pg://@dep_db_host@:@dep_db_port_sql@/?pw=@password@"}
network:
  external: {"8080": "80"}
volumes:
  files: {mountpoint: /files}
questions:
  password: {query: "Password?", type: secret}
dependencies:
  db:
    package: store
    responses: {password: "@password@"}
    expose: {data: {path: /backup/data}}
)";
constexpr auto kStore = R"(image: store
command: [serve, --password, "@password@"]
environment: {TOKEN: "@token@"}
network:
  internal: {sql: "5432"}
volumes:
  data: {mountpoint: /data, quota: 10mb, shareable: true}
questions:
  password: {query: "Password?", type: secret}
  token: {query: "Token?", type: secret}
dependencies:
  cache: {package: cache}
)";
constexpr auto kCache = R"(image: cache
volumes:
  dump: {mountpoint: /dump, quota: 1mb}
)";

const Key kPackage{Kind::package, "default/app"};
const Key kUnit{Kind::unit, "default/app"};
const Key kDb{Kind::unit, "default/app--dep--db"};
const Key kCacheUnit{Kind::unit, "default/app--dep--db--dep--cache"};
const Key kData{Kind::volume, "installed/default/app/subpackages/db/1.0/data"};
const Key kKeptData{Kind::volume, "uninstalled/default/app/subpackages/db/1.0/data"};
const Key kNetwork{Kind::network, "default/app/1.0"};

std::vector<OfferPtr> offers() {
  return {test::offer("app", "1.0", kApp), test::offer("store", "1.0", kStore),
          test::offer("cache", "1.0", kCache)};
}

std::unique_ptr<test::Box> installed_box() {
  auto box = std::make_unique<test::Box>();
  box->offers(offers());
  box->install("app");
  REQUIRE(box->settle());
  return box;
}

const UnitSpec& unit(const Snapshot& snapshot, const Key& key) {
  const auto* spec = snapshot.graph->spec<UnitSpec>(key);
  REQUIRE(spec != nullptr);
  return *spec;
}

PackageSpec package(const test::Box& box) {
  const auto* spec = box.snapshot().graph->spec<PackageSpec>(kPackage);
  REQUIRE(spec != nullptr);
  return *spec;
}

Uninstall uninstall(bool purge) {
  Uninstall request;
  request.repo = "default";
  request.name = "app";
  request.purge_volumes = purge;
  return request;
}

/// What an install is refused with.
InvalidInput refusal(test::Box& box, const std::string& name) {
  try {
    box.install(name);
  } catch (const InvalidInput& error) {
    return error;
  }
  return {"nothing was thrown", {}};
}

bool needs(const Snapshot& snapshot, const Key& from, const Key& to) {
  const auto list = snapshot.graph->find(from)->needs;
  return std::find(list.begin(), list.end(), to) != list.end();
}

TEST_SUITE("engine/members") {
  TEST_CASE("one install brings up a package and all that it needs, on one network") {
    const auto box = installed_box();
    CHECK(box->word(kPackage) == Outcome::Word::ready);
    const auto now = box->snapshot();
    for (const auto& key : {kUnit, kDb, kCacheUnit}) {
      CHECK(now.ready(key));
      CHECK(unit(now, key).network == package::network_name("default", "app", "1.0"));
      CHECK(now.graph->find(key)->owner == kPackage);
    }
    CHECK(now.graph->of(Kind::network).size() == 1);
    CHECK(needs(now, kUnit, kDb));
    CHECK(needs(now, kDb, kCacheUnit));
    CHECK(unit(now, kUnit).after == std::vector{unit(now, kDb).unit});
  }

  TEST_CASE("members go by their full name and by their key, and publish nothing") {
    const auto box = installed_box();
    const auto now = box->snapshot();
    CHECK(unit(now, kDb).aliases == std::vector<std::string>{"app--dep--db", "db"});
    CHECK(unit(now, kUnit).aliases == std::vector<std::string>{"app"});
    CHECK(unit(now, kDb).ports.empty());
    CHECK(now.graph->of(Kind::port).size() == 1);
  }

  TEST_CASE("variables reach the parent, in its markers and in its environment") {
    const auto box = installed_box();
    const auto now = box->snapshot();
    const auto& environment = unit(now, kUnit).environment;
    const auto host = package::container_name("default", "app--dep--db", "1.0");
    const auto password = package(*box).responses.at("password").reveal();
    CHECK(environment.at("DATABASE").reveal() == "pg://" + host + ":5432/?pw=" + password);
    CHECK(environment.at("TOWNOS_DEP_DB_HOST").reveal() == host);
    CHECK(environment.at("TOWNOS_DEP_DB_PORT_SQL").reveal() == "5432");
    CHECK(unit(now, kDb).environment.contains("TOWNOS_DEP_CACHE_HOST"));
    CHECK(unit(now, kDb).command.back() == password);
  }

  TEST_CASE("an exposed volume is mounted into the parent, read-only unless it says otherwise") {
    const auto box = installed_box();
    const auto now = box->snapshot();
    const auto& mounts = unit(now, kUnit).mounts;
    const MountSpec wanted{kData, kData.name, "/backup/data", true};
    CHECK(std::find(mounts.begin(), mounts.end(), wanted) != mounts.end());
    CHECK(needs(now, kUnit, kData));
  }

  TEST_CASE("two members with one key have no short name, and the nearer one wins") {
    test::Box box;
    box.offers(
        {test::offer("app", "1.0",
                     "image: a\ndependencies: {a: {package: mid}, b: {package: mid}, "
                     "top: {package: leaf}}\n"),
         test::offer("mid", "1.0",
                     "image: m\ndependencies: {db: {package: leaf}, top: {package: leaf}}\n"),
         test::offer("leaf", "1.0", "image: l\n")});
    box.install("app");
    const auto now = box.snapshot();
    const auto aliases = [&](const std::string& name) {
      return unit(now, {Kind::unit, "default/app" + name}).aliases.size();
    };
    CHECK(aliases("--dep--a--dep--db") == 1);
    CHECK(aliases("--dep--b--dep--db") == 1);
    CHECK(aliases("--dep--top") == 2);
    CHECK(aliases("--dep--a--dep--top") == 1);
    CHECK(aliases("--dep--a") == 2);
  }

  TEST_CASE("a package that needs itself is refused before anything exists") {
    test::Box box;
    box.offers({test::offer("a", "1.0", "image: a\ndependencies: {b: {package: b}}\n"),
                test::offer("b", "1.0", "image: b\ndependencies: {a: {package: a}}\n")});
    CHECK_THROWS_AS(box.install("a"), InvalidInput);
    CHECK(box.snapshot().graph->size() == 0);
  }

  TEST_CASE("what cannot be run anywhere in the tree is refused at its root") {
    test::Box box;
    box.offers({test::offer("a", "1.0", "image: a\ndependencies: {b: {package: b}}\n"),
                test::offer("b", "1.0", "vm: {image: disk.img}\n")});
    const auto refused = refusal(box, "a");
    CHECK(refused.reason() == "NotSupportedYet");
    REQUIRE(refused.faults().size() == 1);
    CHECK(refused.faults()[0].field == "dependencies.b");
  }

  TEST_CASE("a fault further down names the file that it stands in") {
    test::Box box;
    box.offers({test::offer("a", "1.0", "image: a\ndependencies: {x: {package: b}}\n"),
                test::offer("b", "1.0", "image: b\ndependencies: {x: {package: c}}\n")});
    CHECK(std::string(refusal(box, "a").what()) ==
          "dependencies.x: in b, line 2: dependencies.x.package: there is no c in the repository "
          "default");
  }

  TEST_CASE("a secret that any member puts on a command line is warned of at the root") {
    test::Box box;
    box.offers(offers());
    const auto warnings = box.install("app").warnings;
    REQUIRE(warnings.size() == 1);
    CHECK(warnings[0].field == "dependencies.db");
    CHECK(warnings[0].message.starts_with("in db (store): command[2]: passes the secret"));
  }

  TEST_CASE("a member that goes back to an older version is warned of, like the app itself") {
    test::Box box;
    const std::string app = "image: app\ndependencies: {db: {package: store, version: \"";
    box.offers({test::offer("app", "2.0", app + "2.0\"}}\n"),
                test::offer("app", "1.0", app + "1.0\"}}\n"),
                test::offer("store", "2.0", "image: store\n"),
                test::offer("store", "1.0", "image: store\n")});
    box.install("app", {}, "1.0");
    CHECK(box.install("app", {}, "2.0").warnings.empty());
    const auto warnings = box.install("app", {}, "1.0").warnings;
    REQUIRE(warnings.size() == 2);
    CHECK(warnings[0].field == "version");
    CHECK(warnings[0].message.starts_with("app goes back from 2.0 to 1.0"));
    CHECK(warnings[1].field == "dependencies.db");
    CHECK(warnings[1].message.starts_with("db (store) goes back from 2.0 to 1.0"));
  }

  TEST_CASE("an upgrade keeps the answers and the data of what was brought along") {
    const auto box = installed_box();
    const auto before = package(*box);
    auto list = offers();
    list.push_back(test::offer("app", "2.0", std::string(kApp) + "description: newer\n"));
    list.push_back(test::offer("store", "1.1", kStore));
    box->offers(list);
    box->install("app", {}, "2.0");
    REQUIRE(box->settle());
    const auto after = package(*box);
    CHECK(after.members.at("db").version == "1.1");
    CHECK(after.members.at("db").responses == before.members.at("db").responses);
    CHECK(after.members.at("db").volume_ids == before.members.at("db").volume_ids);
    CHECK(after.members.at("db/cache").volume_ids == before.members.at("db/cache").volume_ids);
    CHECK(box->snapshot().ready({Kind::volume, "installed/default/app/subpackages/db/1.1/data"}));
    CHECK(box->machine->systemd().states().size() == 3);
  }

  TEST_CASE("a newer dependency waits for its parent's upgrade") {
    const auto box = installed_box();
    auto list = offers();
    list.push_back(test::offer("store", "1.1", kStore));
    box->offers(list);
    CHECK(box->install("app", {{"password", "another one"}}).number != 0);
    CHECK(package(*box).members.at("db").version == "1.0");
  }

  TEST_CASE("uninstalling ends consumers before what they use, and keeps all data") {
    const auto box = installed_box();
    std::vector<std::string> stopped;
    box->machine->on_call([&](const std::string& call) {
      if (call.starts_with("systemd.stop")) stopped.push_back(call);
    });
    const auto token = package(*box).members.at("db").responses.at("token").reveal();
    const auto id = package(*box).members.at("db").volume_ids.at("data");
    box->submit(uninstall(false));
    REQUIRE(box->settle());
    CHECK(box->machine->systemd().states().empty());
    CHECK(box->snapshot().graph->of(Kind::network).empty());
    CHECK(box->snapshot().ready(kKeptData));
    const auto place = [&](const std::string& part) {
      return std::find_if(
                 stopped.begin(), stopped.end(),
                 [&](const std::string& call) { return call.find(part) != std::string::npos; }) -
             stopped.begin();
    };
    REQUIRE(stopped.size() == 3);
    CHECK(place("app-1.0") < place("--dep--db-1.0"));
    CHECK(place("--dep--db-1.0") < place("--dep--cache-1.0"));

    SUBCASE("and a reinstall with reuse takes data and answers back") {
      Install again;
      again.package = "app";
      again.reuse_volumes = true;
      box->submit(again);
      REQUIRE(box->settle());
      CHECK(package(*box).members.at("db").volume_ids.at("data") == id);
      CHECK(package(*box).members.at("db").responses.at("token").reveal() == token);
      CHECK(!box->snapshot().graph->find(kKeptData));
    }
    SUBCASE("and purging what was kept leaves nothing") {
      box->submit(PurgeVolumes{"default", "app", false});
      REQUIRE(box->settle());
      CHECK(box->machine->btrfs().list().empty());
    }
  }

  TEST_CASE("uninstalling with its data leaves nothing of any member") {
    const auto box = installed_box();
    box->submit(uninstall(true));
    REQUIRE(box->settle());
    CHECK(box->machine->btrfs().list().empty());
    CHECK(box->machine->systemd().states().empty());
  }

  TEST_CASE("what a new version does not bring along any more goes, and its data is kept") {
    const auto box = installed_box();
    auto list = offers();
    list.push_back(test::offer("app", "2.0",
                               "image: app\nquestions: {password: {query: q, type: secret}}\n"
                               "volumes: {files: {mountpoint: /files}}\n"));
    box->offers(list);
    box->install("app", {}, "2.0");
    REQUIRE(box->settle());
    CHECK(box->machine->systemd().states().size() == 1);
    CHECK(box->snapshot().ready(kKeptData));
    CHECK(!box->snapshot().graph->find(kData));
  }

  TEST_CASE("going back to a version that brings it along brings its data and answers back") {
    const auto box = installed_box();
    const auto before = package(*box).members.at("db");
    auto list = offers();
    list.push_back(test::offer("app", "2.0",
                               "image: app\nquestions: {password: {query: q, type: secret}}\n"
                               "volumes: {files: {mountpoint: /files}}\n"));
    box->offers(list);
    box->install("app", {}, "2.0");
    REQUIRE(box->settle());
    box->install("app", {}, "1.0");
    REQUIRE(box->settle());
    CHECK(package(*box).members.at("db").volume_ids == before.volume_ids);
    CHECK(package(*box).members.at("db").responses == before.responses);
    CHECK(!box->snapshot().graph->find(kKeptData));
  }

  TEST_CASE("an upgrade whose image cannot be had leaves the old tree as it runs") {
    const auto box = installed_box();
    const auto running = box->machine->systemd().states();
    auto list = offers();
    list.push_back(test::offer("app", "2.0",
                               "image: nosuch\nquestions: {password: {query: q, type: secret}}\n"));
    box->offers(list);
    box->machine->offer_images({"none"});
    box->install("app", {}, "2.0");
    box->settle();
    const auto after = box->machine->systemd().states();
    REQUIRE(after.size() == running.size());
    for (std::size_t i = 0; i < after.size(); ++i) {
      CHECK(after[i].unit == running[i].unit);
      CHECK(after[i].invocation == running[i].invocation);
    }
  }

  TEST_CASE("of data that was set aside twice, reuse takes the latest") {
    const auto box = installed_box();
    box->submit(uninstall(false));
    REQUIRE(box->settle());
    box->install("app");
    REQUIRE(box->settle());
    const auto latest = package(*box).members.at("db").volume_ids.at("data");
    const auto latest_files = package(*box).volume_ids.at("files");
    box->submit(uninstall(false));
    REQUIRE(box->settle());
    Install again;
    again.package = "app";
    again.reuse_volumes = true;
    box->submit(again);
    REQUIRE(box->settle());
    CHECK(package(*box).members.at("db").volume_ids.at("data") == latest);
    CHECK(package(*box).volume_ids.at("files") == latest_files);
  }

  TEST_CASE("a member's quota is changed like any other, and stays changed") {
    const auto box = installed_box();
    box->submit(ModifyVolume{kData.name, "", 5'000'000});
    REQUIRE(box->settle());
    CHECK(box->snapshot().graph->spec<VolumeSpec>(kData)->quota == 5'000'000);
    box->install("app", {{"password", "another one"}});
    CHECK(box->snapshot().graph->spec<VolumeSpec>(kData)->quota == 5'000'000);
  }

  TEST_CASE("the dependency's repository is the parent's, and another only where it has none") {
    test::Box box;
    const auto foreign = [](const std::string& name, const std::string& version) {
      auto offer = *test::offer(name, version, "image: foreign\n");
      offer.repo = "other";
      return std::make_shared<const Offer>(std::move(offer));
    };
    box.offers(
        {test::offer("app", "1.0",
                     "image: a\ndependencies: {db: {package: store}, x: {package: extra}}\n"),
         test::offer("store", "1.0", "image: own\n"), foreign("store", "9.0"),
         foreign("extra", "3.0")});
    box.install("app");
    CHECK(package(box).members.at("db").repo == "default");
    CHECK(package(box).members.at("db").version == "1.0");
    CHECK(package(box).members.at("x").repo == "other");
  }
}

}  // namespace
}  // namespace town

// Files that a package's templates become, from the wish to the volume.
#include <doctest/doctest.h>

#include "tests/unit/box.h"

namespace town {
namespace {

constexpr auto kApp = R"yaml(image: app
description: An app
volumes:
  etc: {mountpoint: /etc/app, uid: 33, gid: 33}
questions:
  password: {query: "Password?", type: secret}
  title: {query: "Title?"}
templates:
  main:
    volume: etc
    path: conf.d/main.conf
    content: |
      title=@title@
      again={{ .Responses.title }}
      who={{ .Package.Name }}/{{ .Package.Version }}/{{ .Package.Repo }} on {{ .System.Hostname }}
      db={{ .Dep.db.Host }}:{{ index .Dep.db.Ports "sql" }} @dep_db_host@
      data={{ index .Dep.db.Volumes "data" }}
dependencies:
  db: {package: store}
)yaml";
constexpr auto kStore = R"(image: store
network: {internal: {sql: "5432"}}
volumes: {data: {mountpoint: /data, shareable: true}}
)";
constexpr auto kHost = "town-os-package--default-app--dep--db-1.0";
const Key kEtc{Kind::volume, "installed/default/app/1.0/etc"};

std::unique_ptr<test::Box> installed_box(const std::string& title) {
  auto box = std::make_unique<test::Box>();
  box->offers({test::offer("app", "1.0", kApp), test::offer("store", "1.0", kStore)});
  box->install("app", {{"title", title}});
  return box;
}

TEST_SUITE("engine/files") {
  TEST_CASE("a template becomes a file before its app starts, with all values") {
    auto box = installed_box("Photos");
    std::vector<std::string> calls;
    box->machine->on_call([&](const std::string& call) { calls.push_back(call); });
    REQUIRE(box->settle());
    const auto text = box->machine->file(kEtc.name, "conf.d/main.conf");
    REQUIRE(text.has_value());
    CHECK(*text == "title=Photos\nagain=Photos\nwho=app/1.0/default on " + box->host.hostname() +
                       "\ndb=" + kHost + ":5432 " + kHost + "\ndata=/data\n");
    const auto at = [&](const std::string& call) {
      return std::find(calls.begin(), calls.end(), call) - calls.begin();
    };
    CHECK(at("btrfs.write_file " + kEtc.name + "/conf.d/main.conf") <
          at("systemd.start town-os-package--default-app-1.0.service"));
  }

  TEST_CASE("an answer never becomes a part of the template") {
    auto box = installed_box("{{ .Responses.password }} @password@");
    REQUIRE(box->settle());
    const auto text = box->machine->file(kEtc.name, "conf.d/main.conf");
    REQUIRE(text.has_value());
    CHECK(text->starts_with("title={{ .Responses.password }} @password@\n"));
  }

  TEST_CASE("what is there stays, and what is gone is written again") {
    auto box = installed_box("Photos");
    REQUIRE(box->settle());
    box->install("app", {{"title", "Other"}});
    REQUIRE(box->settle());
    CHECK(box->machine->file(kEtc.name, "conf.d/main.conf")->starts_with("title=Photos\n"));
    box->machine->drop_volume_file(kEtc.name, "conf.d/main.conf");
    REQUIRE(box->settle());
    CHECK(box->machine->file(kEtc.name, "conf.d/main.conf")->starts_with("title=Other\n"));
  }

  TEST_CASE("a template that fails with these answers refuses the install, and names itself") {
    test::Box box;
    box.offers(
        {test::offer("app", "1.0",
                     "image: a\nvolumes: {v: {mountpoint: /v}}\ntemplates:\n  conf: {volume: "
                     "v, path: c, content: \"{{ .Package.Nothing }}\"}\n")});
    try {
      box.install("app");
      FAIL("nothing was thrown");
    } catch (const InvalidInput& error) {
      REQUIRE(error.faults().size() == 1);
      CHECK(error.faults()[0].field == "templates.conf.content");
    }
    CHECK(box.snapshot().graph->size() == 0);
  }

  TEST_CASE("the text of a file is a secret, and is not kept with the data of what goes") {
    auto box = installed_box("Photos");
    REQUIRE(box->settle());
    const auto spec = *box->snapshot().graph->spec<VolumeSpec>(kEtc);
    CHECK(spec.files.size() == 1);
    Uninstall request;
    request.repo = "default";
    request.name = "app";
    box->submit(request);
    const auto kept =
        *box->snapshot().graph->spec<VolumeSpec>({Kind::volume, "uninstalled/default/app/1.0/etc"});
    CHECK(kept.files.empty());
  }
}

}  // namespace
}  // namespace town

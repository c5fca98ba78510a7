// What becomes of an app's data when the app goes.
#include <doctest/doctest.h>

#include "tests/unit/engine/web.h"

namespace town {
namespace {

using namespace test;

/// Its data disk does not answer.
class DiskAway final : public Host {
 public:
  std::string port_holder(std::uint16_t, const std::string&) override { return {}; }
  std::string hostname() override { return "box"; }
  std::string internal_address() override { return {}; }
  std::string external_address() override { return {}; }
  DiskFigures disk() override { return {}; }
  std::set<std::string> volume_ids() override {
    throw Error(Code::unavailable, "NotBtrfs", "the disk does not answer");
  }
};

TEST_SUITE("engine/data") {
  TEST_CASE("kept data is moved aside when its app has ended, not at the next resync") {
    auto box = box_with_web();
    box->install("web", {{"port", "8080"}});
    REQUIRE(box->settle());
    for (auto& loop : box->loops) loop->start();
    box->submit(uninstall(false));
    // The resync is a minute away, a deadline well before it.
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    auto watch = box->store->watch(0);
    while (!box->snapshot().ready(kKept) && std::chrono::steady_clock::now() < deadline) {
      watch.next(deadline, {});
    }
    CHECK(box->snapshot().ready(kKept));
    for (auto& loop : box->loops) loop->stop();
  }

  TEST_CASE("uninstalling keeps the data, reinstalling takes it back, a purge destroys it") {
    auto box = box_with_web();
    box->install("web", {{"port", "8080"}});
    REQUIRE(box->settle());
    const auto id = box->snapshot().graph->spec<VolumeSpec>(kHtml)->id;

    box->submit(uninstall(false));
    REQUIRE(box->settle());
    CHECK(box->word(kPackage) == Outcome::Word::gone);
    CHECK(box->word(kKept) == Outcome::Word::ready);
    auto volumes = box->machine->btrfs().list();
    REQUIRE(volumes.size() == 1);
    CHECK(volumes[0].path == kKept.name);
    CHECK(volumes[0].id == id);
    CHECK(box->machine->systemd().states().empty());
    CHECK(box->machine->podman().networks().empty());

    Install again;
    again.package = "web";
    again.reuse_volumes = true;
    box->submit(again);
    REQUIRE(box->settle());
    CHECK(box->word(kPackage) == Outcome::Word::ready);
    volumes = box->machine->btrfs().list();
    REQUIRE(volumes.size() == 1);
    CHECK(volumes[0].path == kHtml.name);
    CHECK(volumes[0].id == id);
    CHECK(box->snapshot().graph->spec<PackageSpec>(kPackage)->responses.at("port").reveal() ==
          "8080");

    box->submit(uninstall(true));
    REQUIRE(box->settle());
    CHECK(box->machine->btrfs().list().empty());
  }

  TEST_CASE("an install beside kept data says that it is there, until it is taken back") {
    auto box = box_with_web();
    CHECK(box->install("web", {{"port", "8080"}}).warnings.empty());
    REQUIRE(box->settle());
    box->submit(uninstall(false));
    REQUIRE(box->settle());
    Install again;
    again.package = "web";
    const auto preview = box->engine.preview({{"tester", "test"}, {again}});
    REQUIRE(preview.warnings.size() == 1);
    CHECK(preview.warnings[0].field == "reuse_volumes");
    CHECK(preview.warnings[0].message.find("1.0") != std::string::npos);
    CHECK(preview.warnings[0].message.find("--reuse") != std::string::npos);
    again.reuse_volumes = true;
    CHECK(box->submit(again).warnings.empty());
  }

  TEST_CASE("data set aside twice is kept twice") {
    auto box = box_with_web();
    for (int i = 0; i < 2; ++i) {
      box->install("web", {{"port", "8080"}});
      REQUIRE(box->settle());
      box->submit(uninstall(false));
      REQUIRE(box->settle());
    }
    CHECK(box->machine->btrfs().list().size() == 2);
  }

  TEST_CASE("of data that was lost from the disk nothing is kept, and the uninstall says so") {
    auto box = box_with_web();
    box->install("web", {{"port", "8080"}});
    REQUIRE(box->settle());
    box->machine->btrfs().destroy(kHtml.name);
    REQUIRE(box->settle());
    REQUIRE(box->word(kPackage) == Outcome::Word::degraded);
    const auto accepted = box->submit(uninstall(false));
    REQUIRE(accepted.warnings.size() == 1);
    CHECK(accepted.warnings[0].field == "volumes.html");
    CHECK(accepted.warnings[0].message.find("is gone from the disk") != std::string::npos);
    REQUIRE(box->settle());
    CHECK(box->word(kPackage) == Outcome::Word::gone);
    CHECK(box->word(kKept) == Outcome::Word::gone);
    CHECK(box->machine->btrfs().list().empty());
  }

  TEST_CASE("of data that was never made nothing is kept") {
    auto box = box_with_web();
    box->install("web", {{"port", "8080"}});
    SUBCASE("because nothing had begun yet") {
      CHECK(box->submit(uninstall(false)).warnings.empty());
    }
    SUBCASE("not even where it was just being made") {
      box->machine->on_call([&, asked = false](const std::string& call) mutable {
        if (call != "btrfs.create " + kHtml.name || asked) return;
        asked = true;
        box->submit(uninstall(false));
      });
    }
    REQUIRE(box->settle());
    CHECK(box->snapshot().graph->of(Kind::volume).empty());
    CHECK(box->machine->btrfs().list().empty());
  }

  TEST_CASE("a disk that cannot be asked loses nothing: all is kept") {
    auto box = box_with_web();
    box->install("web", {{"port", "8080"}});
    REQUIRE(box->settle());
    DiskAway host;
    Engine engine({*box->store, host, [&] { return box->catalog; }});
    engine.submit({{"tester", "test"}, {uninstall(false)}});
    CHECK(box->snapshot().graph->find(kKept));
  }
}

}  // namespace
}  // namespace town

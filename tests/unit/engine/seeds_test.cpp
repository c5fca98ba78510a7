// What new volumes are filled from, from the wish to the volume.
#include <doctest/doctest.h>

#include "tests/unit/box.h"

namespace town {
namespace {

constexpr auto kApp = R"yaml(image: app
volumes:
  site: {mountpoint: /site, git: "https://me:@token@@@git.example.org/site.git"}
  photos: {mountpoint: /photos, archive: "@photos@", uid: 33, gid: 33}
  both: {mountpoint: /both}
  plain: {mountpoint: /plain}
questions:
  photos: {query: "Which photos?", type: archive, default: photos.tar.gz}
  token: {query: "Token?", type: secret}
archives:
  - {image: "nginx:1.26", directory: /usr/share/nginx/html, volume: both}
git_sources:
  - {url: "https://git.example.org/both.git", branch: main, volume: both}
)yaml";

Key volume(const std::string& name) { return {Kind::volume, "installed/default/app/1.0/" + name}; }

const SeedSpec kPhotos{.from = "archive", .source = "photos.tar.gz"};
const SeedSpec kImage{.from = "image",
                      .source = "docker.io/library/nginx:1.26",
                      .directory = "/usr/share/nginx/html"};
const SeedSpec kBoth{.from = "git", .source = "https://git.example.org/both.git", .branch = "main"};
const SeedSpec kSite{.from = "git", .source = "https://git.example.org/site.git"};

std::unique_ptr<test::Box> box_with_app() {
  auto box = std::make_unique<test::Box>();
  box->offers({test::offer("app", "1.0", kApp)});
  box->machine->offer_seed(kPhotos, {{"a.jpg", "A"}});
  box->machine->offer_seed(kImage, {{"index.html", "Welcome"}});
  box->machine->offer_seed(kBoth, {{"never", ""}});
  box->machine->offer_seed(kSite, {{"index.md", "# Site"}});
  return box;
}

bool starts(const std::vector<std::string>& calls) {
  return std::any_of(calls.begin(), calls.end(),
                     [](const auto& call) { return call.starts_with("systemd.start"); });
}

TEST_SUITE("engine/seeds") {
  TEST_CASE("every sort of seed is a wish of its volume, in the order of the contract") {
    auto box = box_with_app();
    box->install("app", {{"token", "s3cret"}});
    const auto graph = box->snapshot().graph;
    CHECK(graph->spec<VolumeSpec>(volume("photos"))->seeds == std::vector{kPhotos});
    CHECK(graph->spec<VolumeSpec>(volume("both"))->seeds == std::vector{kImage, kBoth});
    CHECK(graph->spec<VolumeSpec>(volume("plain"))->seeds.empty());
    const auto site = graph->spec<VolumeSpec>(volume("site"))->seeds;
    REQUIRE(site.size() == 1);
    CHECK(site[0].source == kSite.source);
    CHECK(site[0].username == "me");
    CHECK(site[0].password == Secret("s3cret"));
  }

  TEST_CASE("volumes are filled before the app starts, by the first seed that holds anything") {
    auto box = box_with_app();
    std::vector<std::string> calls;
    box->machine->on_call([&](const std::string& call) {
      if (call.starts_with("systemd.start")) {
        CHECK(box->machine->file(volume("site").name, "index.md") == "# Site");
        CHECK(box->machine->file(volume("photos").name, "a.jpg") == "A");
        CHECK(box->machine->file(volume("both").name, "index.html") == "Welcome");
      }
      calls.push_back(call);
    });
    box->install("app", {{"token", "s3cret"}});
    REQUIRE(box->settle());
    CHECK(box->word({Kind::package, "default/app"}) == Outcome::Word::ready);
    CHECK(starts(calls));
    CHECK_FALSE(box->machine->file(volume("both").name, "never").has_value());
  }

  TEST_CASE("a seed that holds nothing leaves the volume to the next") {
    auto box = box_with_app();
    box->machine->offer_seed(kImage, {});
    box->install("app", {{"token", "s3cret"}});
    REQUIRE(box->settle());
    CHECK(box->machine->file(volume("both").name, "never").has_value());
  }

  TEST_CASE("a seed that cannot be had holds the app back, says why, and is tried again") {
    auto box = box_with_app();
    box->install("app", {{"token", "s3cret"}, {"photos", "others.tar.gz"}});
    std::vector<std::string> calls;
    box->machine->on_call([&](const std::string& call) { calls.push_back(call); });
    box->settle();
    const auto how = outcome(box->snapshot(), volume("photos"));
    CHECK(how.word == Outcome::Word::degraded);
    CHECK(how.reason == "ArchiveMissing");
    CHECK(how.message.find("trying again") != std::string::npos);
    CHECK_FALSE(starts(calls));
    CHECK(std::ranges::none_of(box->machine->btrfs().list(), [](const Subvolume& found) {
      return found.path == volume("photos").name;
    }));
  }

  TEST_CASE(
      "a volume that has its data is never filled again: not by an upgrade, nor when emptied") {
    auto box = box_with_app();
    box->offers({test::offer("app", "1.0", kApp), test::offer("app", "2.0", kApp)});
    box->install("app", {{"token", "s3cret"}}, "1.0");
    REQUIRE(box->settle());
    box->machine->drop_volume_file(volume("site").name, "index.md");
    std::vector<std::string> calls;
    box->machine->on_call([&](const std::string& call) { calls.push_back(call); });
    REQUIRE(box->settle());
    box->install("app", {}, "2.0");
    REQUIRE(box->settle());
    CHECK(std::ranges::none_of(calls,
                               [](const auto& call) { return call.starts_with("seeds.fill"); }));
    CHECK_FALSE(box->machine->file("installed/default/app/2.0/site", "index.md").has_value());
  }

  TEST_CASE("what an uninstall keeps remembers neither its seeds nor their passwords") {
    auto box = box_with_app();
    box->install("app", {{"token", "s3cret"}});
    REQUIRE(box->settle());
    Uninstall request;
    request.repo = "default";
    request.name = "app";
    box->submit(request);
    const auto* kept =
        box->snapshot().graph->spec<VolumeSpec>({Kind::volume, "uninstalled/default/app/1.0/site"});
    REQUIRE(kept != nullptr);
    CHECK(kept->seeds.empty());
  }
}

}  // namespace
}  // namespace town

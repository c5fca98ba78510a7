// Volumes of one app in another, from the wish to the mount.
#include "engine/compiler/attach.h"

#include <doctest/doctest.h>

#include "tests/unit/box.h"

namespace town {
namespace {

constexpr auto kPhotos = R"yaml(image: photos
volumes:
  pictures: {mountpoint: /pictures, exported: true}
  diary: {mountpoint: /diary}
dependencies:
  db: {package: store}
)yaml";
constexpr auto kStore = R"yaml(image: store
volumes: {data: {mountpoint: /data, exported: true}}
)yaml";
constexpr auto kViewer = R"yaml(image: viewer
questions:
  from: {query: "Whose pictures?", type: shared_volume, optional: true}
volumes: {cache: {mountpoint: /cache}}
attach:
  pics: {volume: "@from@", path: /pics, readonly: true}
)yaml";
constexpr auto kFrom = "default/photos/pictures";
const Key kViewerUnit{Kind::unit, "default/viewer"};
const Key kPackage{Kind::package, "default/viewer"};

MountSpec mount(const std::string& version) {
  const auto path = "installed/default/photos/" + version + "/pictures";
  return {{Kind::volume, path}, path, "/pics", true};
}

struct Fixture {
  test::Box box;
  Fixture() {
    box.offers({test::offer("photos", "1.0", kPhotos), test::offer("photos", "2.0", kPhotos),
                test::offer("store", "1.0", kStore), test::offer("viewer", "1.0", kViewer)});
  }

  bool mounts(const MountSpec& wanted) const {
    const auto& all = box.snapshot().graph->spec<UnitSpec>(kViewerUnit)->mounts;
    return std::find(all.begin(), all.end(), wanted) != all.end();
  }

  void uninstall(const std::string& name) {
    Uninstall request;
    request.repo = "default";
    request.name = name;
    box.submit(request);
  }

  Diagnostics refusal(const std::string& from) {
    try {
      box.install("viewer", {{"from", from}});
    } catch (const InvalidInput& error) {
      return error.faults();
    }
    FAIL("nothing was thrown");
    return {};
  }
};

TEST_SUITE("engine/attach") {
  TEST_CASE_FIXTURE(Fixture,
                    "an exported volume is mounted, read only where asked, and waited for") {
    box.install("photos", {}, "1.0");
    box.install("viewer", {{"from", kFrom}});
    const auto unit = box.snapshot().graph->find(kViewerUnit);
    CHECK(mounts(mount("1.0")));
    CHECK(std::binary_search(unit->needs.begin(), unit->needs.end(), mount("1.0").volume));
    REQUIRE(box.settle(80));
    CHECK(box.word(kPackage) == Outcome::Word::ready);
  }

  TEST_CASE_FIXTURE(Fixture,
                    "what is not installed or not exported refuses the install, by its field") {
    box.install("photos", {}, "1.0");
    for (const std::string from :
         {"default/photos/diary", "default/photos/none", "default/nobody/pictures",
          "other/photos/pictures", "default/photos--dep--db/data"}) {
      CAPTURE(from);
      const auto faults = refusal(from);
      REQUIRE(faults.size() == 1);
      // Whose volume it is can be told from the answer alone where it is a dependency's.
      const bool dependency = from.find("--dep--") != std::string::npos;
      CHECK(faults[0].field == (dependency ? "responses.from" : "attach.pics.volume"));
    }
    CHECK_FALSE(box.snapshot().graph->find(kPackage));
  }

  TEST_CASE_FIXTURE(Fixture, "without an answer there is nothing to attach") {
    box.install("viewer");
    REQUIRE(box.settle());
    CHECK(box.snapshot().graph->spec<UnitSpec>(kViewerUnit)->mounts.size() == 1);
    CHECK(box.word(kPackage) == Outcome::Word::ready);
  }

  TEST_CASE_FIXTURE(Fixture, "an upgrade of the one moves the mount of the other with the data") {
    box.install("photos", {}, "1.0");
    box.install("viewer", {{"from", kFrom}});
    REQUIRE(box.settle(80));
    const auto id = box.snapshot().graph->spec<VolumeSpec>(mount("1.0").volume)->id;
    box.install("photos", {}, "2.0");
    CHECK(mounts(mount("2.0")));
    CHECK_FALSE(mounts(mount("1.0")));
    REQUIRE(box.settle(80));
    CHECK(box.word(kPackage) == Outcome::Word::ready);
    CHECK(box.word({Kind::package, "default/photos"}) == Outcome::Word::ready);
    CHECK(box.snapshot().graph->spec<VolumeSpec>(mount("2.0").volume)->id == id);
  }

  TEST_CASE_FIXTURE(Fixture, "one whose volume has gone runs without it, and gets it back") {
    box.install("photos", {}, "1.0");
    box.install("viewer", {{"from", kFrom}});
    REQUIRE(box.settle(80));
    uninstall("photos");
    CHECK_FALSE(mounts(mount("1.0")));
    REQUIRE(box.settle(80));
    CHECK(box.word(kPackage) == Outcome::Word::ready);
    CHECK_FALSE(box.snapshot().graph->find(mount("1.0").volume));
    box.install("photos", {}, "1.0");
    CHECK(mounts(mount("1.0")));
    REQUIRE(box.settle(80));
    CHECK(box.word(kPackage) == Outcome::Word::ready);
  }

  TEST_CASE_FIXTURE(Fixture,
                    "the one that attaches owns nothing: its end leaves the volume alone") {
    box.install("photos", {}, "1.0");
    box.install("viewer", {{"from", kFrom}});
    REQUIRE(box.settle(80));
    uninstall("viewer");
    REQUIRE(box.settle(80));
    CHECK(box.word({Kind::package, "default/photos"}) == Outcome::Word::ready);
    CHECK(box.snapshot().graph->find(mount("1.0").volume));
  }

  TEST_CASE_FIXTURE(Fixture, "a folder in it, and another owner, are refused by name") {
    box.offers({test::offer("viewer", "1.0",
                            "image: v\nattach:\n  pics: {volume: default/photos/pictures, path: "
                            "/pics, subpath: a/b, uid: 1, gid: 1}\n")});
    try {
      box.install("viewer");
      FAIL("nothing was thrown");
    } catch (const InvalidInput& error) {
      CHECK(error.reason() == "NotSupportedYet");
      std::vector<std::string> fields;
      for (const auto& fault : error.faults()) fields.push_back(fault.field);
      CHECK(fields ==
            std::vector<std::string>{"attach.pics.subpath", "attach.pics.uid", "attach.pics.gid"});
    }
  }

  TEST_CASE("a text that cannot attach anything is told by a look") {
    CHECK(may_attach("attach: {a: {}}"));
    CHECK(may_attach("{\"attach\":{}}"));
    CHECK_FALSE(may_attach("description: keeps attachments"));
    CHECK_FALSE(may_attach(""));
  }
}

}  // namespace
}  // namespace town

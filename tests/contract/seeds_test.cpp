#include "controllers/drivers/seeds.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>

#include "controllers/drivers/process.h"
#include "machine.h"

namespace town::contract {
namespace {

constexpr auto kId = "seeded1";
const std::string kVolume = "user/seeded";
const SeedSpec kArchive{.from = "archive", .source = "contract.tar.gz"};
const SeedSpec kFromImage{.from = "image", .source = kImage, .directory = "/usr/share/nginx/html"};

/// Runs a line of shell; the machine is real.
void shell(const std::string& line) {
  const auto result = run({"sh", "-ec", line}, {}, {});
  CAPTURE(result.err);
  REQUIRE(result.exit_code == 0);
}

void offer(Machine& machine, const SeedSpec& seed, const std::string& file) {
  if (!is_real()) return machine.memory().offer_seed(seed, {{file, "x"}});
  if (seed.from != "archive") return;
  const auto archives = machine.btrfs().absolute("archives").string();
  shell("d=$(mktemp -d); echo x > $d/" + file + "; tar -czf " + archives + "/" + seed.source +
        " -C $d " + file + "; rm -r $d");
}

bool fill(Machine& machine, const SeedSpec& seed, const FileOwner& owner = {},
          const std::stop_token& stop = {}) {
  const auto staged = machine.btrfs().stage(kId, 64 << 20, owner.uid, owner.gid);
  return machine.seeds().fill(kId, staged, seed, owner, {}, stop);
}

bool holds(Machine& machine, const std::string& file) {
  return machine.btrfs().missing_files(kVolume, {file}).empty();
}

}  // namespace

TEST_SUITE("contract/seeds") {
  TEST_CASE("a volume is filled out of sight, and is there with all of it or not at all") {
    Machine machine;
    offer(machine, kArchive, "hello");
    CHECK(fill(machine, kArchive, {33, 34}));
    CHECK_FALSE(machine.subvolume(kVolume).has_value());
    CHECK(machine.btrfs().list().empty());
    machine.btrfs().place(kId, kVolume);
    const auto volume = machine.subvolume(kVolume);
    REQUIRE(volume.has_value());
    CHECK(volume->id == kId);
    CHECK(volume->quota == 64 << 20);
    CHECK(volume->uid == 33);
    CHECK(holds(machine, "hello"));
    if (is_real()) {
      struct stat status {};
      REQUIRE(stat((machine.btrfs().absolute(kVolume) / "hello").c_str(), &status) == 0);
      CHECK(status.st_uid == 33);
      CHECK(status.st_gid == 34);
    }
    CHECK(reason_of([&] { machine.btrfs().place(kId, "user/other"); }) == "NoSubvolume");
  }

  TEST_CASE("what was staged before is thrown away, by the next try and by the next start") {
    Machine machine;
    offer(machine, kArchive, "hello");
    fill(machine, kArchive);
    machine.btrfs().stage(kId, 0, {}, {});
    machine.btrfs().place(kId, kVolume);
    CHECK_FALSE(holds(machine, "hello"));
    machine.btrfs().stage("third", 0, {}, {});
    machine.btrfs().discard("third");
    machine.btrfs().discard("third");
    CHECK(reason_of([&] { machine.btrfs().place("third", "user/third"); }) == "NoSubvolume");
    machine.btrfs().stage("other", 0, {}, {});
    machine.btrfs().prepare();
    CHECK(reason_of([&] { machine.btrfs().place("other", "user/other"); }) == "NoSubvolume");
  }

  TEST_CASE("a place that is taken is left alone") {
    Machine machine;
    machine.btrfs().create(kVolume, "first", 0, {}, {});
    machine.btrfs().stage(kId, 0, {}, {});
    CHECK(reason_of([&] { machine.btrfs().place(kId, kVolume); }) == "PathTaken");
    CHECK(machine.subvolume(kVolume)->id == "first");
  }

  TEST_CASE("an archive that is not there is said to be missing") {
    Machine machine;
    offer(machine, kArchive, "hello");
    const SeedSpec missing{.from = "archive", .source = "none.tar"};
    CHECK(reason_of([&] { fill(machine, missing); }) == "ArchiveMissing");
  }

  TEST_CASE("a directory of an image is copied, and no container is left") {
    Machine machine;
    offer(machine, kFromImage, "index.html");
    CHECK(fill(machine, kFromImage));
    machine.btrfs().place(kId, kVolume);
    CHECK(holds(machine, "index.html"));
    CHECK(machine.podman().container_names().empty());
    const SeedSpec nowhere{.from = "image", .source = kMissingImage, .directory = "/x"};
    CHECK(reason_of([&] { fill(machine, nowhere); }) == "ImageNotFound");
  }

  TEST_CASE("what is wrong with a copy out of an image is said, and nothing is left of it") {
    if (!is_real()) return;
    Machine machine;
    auto seed = kFromImage;
    seed.directory = "/no/such/place";
    CHECK(reason_of([&] { fill(machine, seed); }) == "DirectoryMissing");
    machine.btrfs().stage(kId, 1 << 20, {}, {});
    seed.directory = "/";  // far more than its quota
    CHECK(reason_of([&] { machine.seeds().fill(kId, "town/staging/seeded1", seed, {}, {}, {}); }) ==
          "QuotaExceeded");
    CHECK(machine.podman().container_names().empty());
    shell("podman create --name town-os-seed--left --pull=never " + kImage + " x");
    machine.seeds().prepare();
    CHECK(machine.podman().container_names().empty());
  }

  TEST_CASE("a repository is cloned, and belongs to whom it should") {
    if (!is_real()) return;
    Machine machine;
    shell(
        "rm -rf /tmp/contract-git; git init -q -b main /tmp/contract-git; cd /tmp/contract-git; "
        "mkdir sub; echo x > sub/page; git add .; "
        "git -c user.name=t -c user.email=t@t commit -q -m x");
    const SeedSpec git{.from = "git", .source = "file:///tmp/contract-git", .branch = "main"};
    CHECK(fill(machine, git, {33, 34}));
    machine.btrfs().place(kId, kVolume);
    const auto path = machine.btrfs().absolute(kVolume);
    struct stat status {};
    REQUIRE(stat((path / "sub/page").c_str(), &status) == 0);
    CHECK(status.st_uid == 33);
    CHECK(std::filesystem::exists(path / ".git/HEAD"));
    auto wrong = git;
    wrong.branch = "nowhere";
    CHECK(reason_of([&] { fill(machine, wrong); }) == "RepositoryFailed");
  }

  TEST_CASE("filling ends when it is asked to") {
    Machine machine;
    offer(machine, kFromImage, "index.html");
    std::stop_source source;
    source.request_stop();
    CHECK(reason_of([&] { fill(machine, kFromImage, {}, source.get_token()); }) == "Stopped");
  }
}

}  // namespace town::contract

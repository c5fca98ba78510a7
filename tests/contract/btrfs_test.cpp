#include "controllers/drivers/btrfs.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <fstream>

#include "machine.h"

namespace town::contract {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

/// Writes until it may not; returns how many bytes went in.
std::uint64_t fill(const std::filesystem::path& file, std::uint64_t most) {
  std::ofstream stream(file, std::ios::binary);
  const std::string block(1 << 16, 'x');
  std::uint64_t written = 0;
  while (written < most && stream.write(block.data(), 1 << 16) && stream.flush()) {
    written += block.size();
  }
  return written;
}

}  // namespace

TEST_SUITE("contract/btrfs") {
  TEST_CASE(
      "a file is written where it is missing, with the directories above it, and then stays") {
    Machine machine;
    auto& btrfs = machine.btrfs();
    btrfs.create("user/photos", "a1", 0, {}, {});
    const std::vector<std::string> files = {"etc/app/app.conf", "top"};
    CHECK(btrfs.missing_files("user/photos", files) == files);
    CHECK(btrfs.missing_files("user/none", files) == files);
    btrfs.write_file("user/photos", "etc/app/app.conf", "first", 1000, 1001);
    btrfs.write_file("user/photos", "etc/app/app.conf", "second", {}, {});
    CHECK(btrfs.missing_files("user/photos", files) == std::vector<std::string>{"top"});
    if (is_real()) {
      const auto path = btrfs.absolute("user/photos");
      std::string text;
      std::getline(std::ifstream(path / "etc/app/app.conf"), text);
      CHECK(text == "first");
      struct stat status {};
      REQUIRE(stat((path / "etc/app/app.conf").c_str(), &status) == 0);
      CHECK((status.st_mode & 07777) == 0600);
      CHECK(status.st_uid == 1000);
      REQUIRE(stat((path / "etc/app").c_str(), &status) == 0);
      CHECK((status.st_mode & 07777) == 0750);
      CHECK(status.st_gid == 1001);
    }
  }

  TEST_CASE("no file is written outside, through a link or in place of a directory") {
    Machine machine;
    auto& btrfs = machine.btrfs();
    btrfs.create("user/photos", "a1", 0, {}, {});
    for (const std::string bad : {"../x", "/etc/x", "a/../x", "", "a//b", "."}) {
      CAPTURE(bad);
      CHECK(reason_of([&] { btrfs.write_file("user/photos", bad, "x", {}, {}); }) == "BadPath");
    }
    btrfs.write_file("user/photos", "taken", "x", {}, {});
    CHECK(reason_of([&] { btrfs.write_file("user/photos", "taken/x", "x", {}, {}); }) ==
          "PathTaken");
    if (is_real()) {
      const auto path = btrfs.absolute("user/photos");
      std::filesystem::create_directory_symlink("/tmp", path / "out");
      CHECK(reason_of([&] { btrfs.write_file("user/photos", "out/x", "x", {}, {}); }) ==
            "PathTaken");
      CHECK(btrfs.missing_files("user/photos", {"out/x", "out"}).empty());
      CHECK_FALSE(std::filesystem::exists("/tmp/x"));
    }
  }

  TEST_CASE("a created subvolume is listed with its id, quota and owner") {
    Machine machine;
    machine.btrfs().create("installed/default/web/1.0/html", "a1", 64 * kMiB, 1000, 1001);
    const auto found = machine.subvolume("installed/default/web/1.0/html");
    REQUIRE(found.has_value());
    CHECK(found->id == "a1");
    CHECK(found->quota == 64 * kMiB);
    CHECK(found->uid == 1000);
    CHECK(found->gid == 1001);
    CHECK_FALSE(found->uuid.empty());
    CHECK_FALSE(found->read_only);
  }

  TEST_CASE("creating the same again does nothing, another id in its place is refused") {
    Machine machine;
    machine.btrfs().create("user/photos", "a1", 0, {}, {});
    const auto first = machine.subvolume("user/photos");
    machine.btrfs().create("user/photos", "a1", 0, {}, {});
    CHECK(machine.subvolume("user/photos")->uuid == first->uuid);
    CHECK(reason_of([&] { machine.btrfs().create("user/photos", "a2", 0, {}, {}); }) ==
          "PathTaken");
    CHECK(machine.btrfs().list().size() == 1);
  }

  TEST_CASE("a path that is a directory of subvolumes is taken") {
    Machine machine;
    machine.btrfs().create("installed/default/web/1.0/html", "a1", 0, {}, {});
    CHECK(reason_of([&] { machine.btrfs().create("installed/default/web", "a2", 0, {}, {}); }) ==
          "PathTaken");
  }

  TEST_CASE("no path leads out of the root") {
    Machine machine;
    for (const char* path : {"", "/etc", "../x", "user/../../x", "user//x", "user/.", "user/x/"}) {
      CAPTURE(path);
      CHECK(reason_of([&] { machine.btrfs().create(path, "a1", 0, {}, {}); }) == "BadPath");
      CHECK(reason_of([&] { machine.btrfs().absolute(path); }) == "BadPath");
    }
  }

  TEST_CASE("quota and owner change in place, and a quota can be taken off") {
    Machine machine;
    machine.btrfs().create("user/a", "a1", 0, {}, {});
    CHECK(machine.subvolume("user/a")->quota == 0);
    machine.btrfs().set_quota("user/a", 8 * kMiB);
    machine.btrfs().set_owner("user/a", 33, 34);
    CHECK(machine.subvolume("user/a")->quota == 8 * kMiB);
    CHECK(machine.subvolume("user/a")->uid == 33);
    CHECK(machine.subvolume("user/a")->gid == 34);
    machine.btrfs().set_quota("user/a", 0);
    CHECK(machine.subvolume("user/a")->quota == 0);
    CHECK(reason_of([&] { machine.btrfs().set_quota("user/b", 1); }) == "NoSubvolume");
    CHECK(reason_of([&] { machine.btrfs().set_owner("user/b", 1, 1); }) == "NoSubvolume");
  }

  TEST_CASE("moving keeps identity and quota, makes parents and overwrites nothing") {
    Machine machine;
    machine.btrfs().create("installed/default/web/1.0/html", "a1", kMiB, {}, {});
    machine.btrfs().create("uninstalled/taken", "a2", 0, {}, {});
    const auto before = machine.subvolume("installed/default/web/1.0/html");
    CHECK(reason_of([&] {
            machine.btrfs().move("installed/default/web/1.0/html", "uninstalled/taken");
          }) == "PathTaken");
    machine.btrfs().move("installed/default/web/1.0/html", "uninstalled/default/web/1.0/html");
    CHECK_FALSE(machine.subvolume("installed/default/web/1.0/html").has_value());
    const auto after = machine.subvolume("uninstalled/default/web/1.0/html");
    REQUIRE(after.has_value());
    CHECK(after->id == "a1");
    CHECK(after->uuid == before->uuid);
    CHECK(after->quota == kMiB);
    // The emptied parents went, so this name is free for a subvolume.
    machine.btrfs().create("installed/default", "a3", 0, {}, {});
    CHECK(machine.subvolume("installed/default")->id == "a3");
    CHECK(reason_of([&] { machine.btrfs().move("user/none", "user/x"); }) == "NoSubvolume");
    CHECK(reason_of([&] { machine.btrfs().move("installed/default", "installed/default/x"); }) ==
          "BadPath");
  }

  TEST_CASE("a subvolume that somebody renamed is found by its id") {
    Machine machine;
    machine.btrfs().create("user/photos", "a1", 0, {}, {});
    machine.rename("user/photos", "user/pictures");
    CHECK_FALSE(machine.subvolume("user/photos").has_value());
    CHECK(machine.subvolume("user/pictures")->id == "a1");
  }

  TEST_CASE("a snapshot has its own id, limit and uuid") {
    Machine machine;
    machine.btrfs().create("user/a", "a1", 4 * kMiB, 5, 6);
    machine.btrfs().snapshot("user/a", "user/kept", "s1", 0, true);
    machine.btrfs().snapshot("user/a", "user/copy", "s2", 2 * kMiB, false);
    const auto kept = machine.subvolume("user/kept");
    REQUIRE(kept.has_value());
    CHECK(kept->id == "s1");
    CHECK(kept->quota == 0);
    CHECK(kept->read_only);
    CHECK(kept->uid == 5);
    CHECK(kept->uuid != machine.subvolume("user/a")->uuid);
    CHECK(machine.subvolume("user/copy")->quota == 2 * kMiB);
    CHECK_FALSE(machine.subvolume("user/copy")->read_only);
    machine.btrfs().snapshot("user/a", "user/kept", "s1", 0, true);  // again: nothing happens
    CHECK(machine.subvolume("user/kept")->uuid == kept->uuid);
    CHECK(reason_of([&] { machine.btrfs().snapshot("user/a", "user/copy", "s3", 0, false); }) ==
          "PathTaken");
    CHECK(reason_of([&] { machine.btrfs().snapshot("user/no", "user/x", "s3", 0, false); }) ==
          "NoSubvolume");
  }

  TEST_CASE("a read-only snapshot can be moved and stays read-only") {
    Machine machine;
    machine.btrfs().create("user/a", "a1", 0, {}, {});
    machine.btrfs().snapshot("user/a", "user/kept", "s1", 0, true);
    machine.btrfs().move("user/kept", "uninstalled/kept");
    CHECK(machine.subvolume("uninstalled/kept")->read_only);
  }

  TEST_CASE("destroying takes what is below along, and what has gone is fine") {
    Machine machine;
    machine.btrfs().create("user/a", "a1", 0, {}, {});
    machine.btrfs().create("user/a/inner", "a2", 0, {}, {});
    machine.btrfs().create("user/a/deep/er", "a3", 0, {}, {});
    machine.btrfs().snapshot("user/a/inner", "user/a/deep/kept", "s1", 0, true);
    machine.btrfs().create("user/ab", "a4", 0, {}, {});
    machine.btrfs().destroy("user/a");
    REQUIRE(machine.btrfs().list().size() == 1);
    CHECK(machine.btrfs().list()[0].id == "a4");
    machine.btrfs().destroy("user/a");
    machine.btrfs().destroy("installed/never/was");
    CHECK(machine.btrfs().list().size() == 1);
  }

  TEST_CASE("the disk's figures make sense") {
    Machine machine;
    const auto usage = machine.btrfs().usage();
    CHECK(usage.total > 0);
    CHECK(usage.used <= usage.total);
    CHECK(usage.available <= usage.total);
  }
}

TEST_SUITE("contract/btrfs on disk") {
  TEST_CASE("a quota is enforced, and raising it gives room at once" * doctest::skip(!is_real())) {
    Machine machine;
    machine.btrfs().create("user/small", "a1", 20 * kMiB, {}, {});
    const auto file = machine.btrfs().absolute("user/small") / "data";
    CHECK(fill(file, 40 * kMiB) <= 20 * kMiB);
    CHECK(errno == EDQUOT);
    machine.btrfs().set_quota("user/small", 60 * kMiB);
    CHECK(fill(file, 40 * kMiB) == 40 * kMiB);
    sync();
    const auto used = machine.subvolume("user/small")->used;
    CHECK(used >= 40 * kMiB);
    CHECK(used < 42 * kMiB);
  }

  TEST_CASE("a volume over its quota can be limited anew, renamed and copied" *
            doctest::skip(!is_real())) {
    Machine machine;
    machine.btrfs().create("user/full", "a1", 0, {}, {});
    CHECK(fill(machine.btrfs().absolute("user/full") / "data", 8 * kMiB) == 8 * kMiB);
    sync();
    machine.btrfs().set_quota("user/full", 2 * kMiB);
    CHECK(fill(machine.btrfs().absolute("user/full") / "more", kMiB) < kMiB);
    CHECK(errno == EDQUOT);
    machine.btrfs().set_quota("user/full", 3 * kMiB);
    machine.btrfs().move("user/full", "user/renamed");
    machine.btrfs().snapshot("user/renamed", "user/copy", "s1", 4 * kMiB, false);
    CHECK(machine.subvolume("user/copy")->id == "s1");
    CHECK(machine.subvolume("user/copy")->quota == 4 * kMiB);
    CHECK(reason_of([&] { machine.btrfs().set_owner("user/renamed", 5, 6); }) == "QuotaExceeded");
    machine.btrfs().set_quota("user/renamed", 0);
    machine.btrfs().set_owner("user/renamed", 5, 6);
    CHECK(machine.subvolume("user/renamed")->quota == 0);
  }

  TEST_CASE("a snapshot made by hand does not inherit the mark" * doctest::skip(!is_real())) {
    Machine machine;
    machine.btrfs().create("user/a", "a1", 0, {}, {});
    const auto from = machine.btrfs().absolute("user/a");
    const auto to = machine.btrfs().absolute("user/b");
    REQUIRE(std::system(
                ("btrfs subvolume snapshot " + from.string() + " " + to.string() + " >/dev/null")
                    .c_str()) == 0);
    CHECK(machine.subvolume("user/b").has_value());
    CHECK(machine.subvolume("user/b")->id.empty());
  }

  TEST_CASE("what an interrupted creation left is swept" * doctest::skip(!is_real())) {
    Machine machine;
    const auto left = machine.btrfs().absolute("town/staging/a1");
    REQUIRE(std::system(("btrfs subvolume create " + left.string() + " >/dev/null").c_str()) == 0);
    CHECK(machine.btrfs().list().empty());
    machine.btrfs().create("user/a", "a1", 0, {}, {});
    CHECK_FALSE(std::filesystem::exists(left));
    REQUIRE(std::system(("btrfs subvolume create " + left.string() + " >/dev/null").c_str()) == 0);
    machine.btrfs().prepare();
    CHECK_FALSE(std::filesystem::exists(left));
  }

  TEST_CASE("a link in the way is not followed" * doctest::skip(!is_real())) {
    Machine machine;
    const auto link = machine.btrfs().absolute("user/link");
    std::filesystem::create_directory_symlink("/var/tmp", link);
    CHECK(reason_of([&] { machine.btrfs().create("user/link", "a1", 0, {}, {}); }) == "PathTaken");
    CHECK(reason_of([&] { machine.btrfs().create("user/link/x", "a1", 0, {}, {}); }) != "none");
    CHECK_FALSE(std::filesystem::exists("/var/tmp/x"));
    std::filesystem::remove(link);
  }

  TEST_CASE("only root may enter our own directory" * doctest::skip(!is_real())) {
    Machine machine;
    struct stat status {};
    REQUIRE(stat(machine.btrfs().absolute("town").c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0700);
  }

  TEST_CASE("qgroups of destroyed subvolumes do not pile up" * doctest::skip(!is_real())) {
    Machine machine;
    const auto count = [&] {
      const auto root = machine.btrfs().absolute("user");
      const auto command = "btrfs filesystem sync " + root.string() + "; btrfs subvolume sync " +
                           root.string() + " >/dev/null; exit $(btrfs qgroup show " +
                           root.string() + " | grep -c '^0/')";
      return WEXITSTATUS(std::system(command.c_str()));
    };
    machine.btrfs().prepare();
    const int before = count();
    for (int i = 0; i < 5; ++i) {
      machine.btrfs().create("user/x" + std::to_string(i), "x", kMiB, {}, {});
      machine.btrfs().destroy("user/x" + std::to_string(i));
    }
    count();
    machine.btrfs().prepare();
    CHECK(count() <= before);
  }

  TEST_CASE("a root without btrfs names the two ways on" * doctest::skip(!is_real())) {
    const auto btrfs = make_btrfs("/run");
    CHECK(reason_of([&] { btrfs->prepare(); }) == "NotBtrfs");
    CHECK(reason_of([&] { btrfs->list(); }) == "NotBtrfs");
    try {
      btrfs->prepare();
    } catch (const Error& error) {
      const std::string text = error.what();
      CHECK(text.find("townctl host init --image SIZE") != std::string::npos);
      CHECK(text.find("townctl host init --disk DEVICE --claim SERIAL") != std::string::npos);
    }
  }
}

}  // namespace town::contract

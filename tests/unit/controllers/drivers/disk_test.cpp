#include "controllers/drivers/disk.h"

#include <doctest/doctest.h>

#include <set>

#include "controllers/drivers/disk_listing.h"
#include "controllers/drivers/disk_setup.h"
#include "state/error.h"

namespace town {
namespace {

DiskFacts empty_disk() {
  DiskFacts disk;
  disk.path = "/dev/sdb";
  disk.kind = "disk";
  disk.serial = "WD-1";
  disk.size = std::uint64_t{4} << 40;
  return disk;
}

DiskFacts full_disk() {
  auto disk = empty_disk();
  disk.contents = {"gpt on /dev/sdb", "ext4 labelled 'photos' on /dev/sdb1"};
  return disk;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A machine with one disk, in memory, whose every change may be the last before a crash.
class FakeDisks final : public Disks {
 public:
  DiskFacts disk = empty_disk();
  ImageFacts file;
  std::set<std::string> directories;
  std::map<std::string, std::string> units;
  std::string mounted;  ///< the unit
  int calls_left = 1000;

  DiskFacts describe(const std::string& /*device*/) override { return disk; }
  ImageFacts image(const std::filesystem::path& /*file*/) override { return file; }
  RootFacts root(const std::filesystem::path& directory) override {
    RootFacts facts;
    facts.exists = facts.directory = directories.contains(directory.string());
    facts.empty = facts.exists;
    facts.mounted = facts.btrfs = !mounted.empty() && mounted == mount_unit_name(directory);
    if (facts.btrfs) facts.source = has(units[mounted], "loop") ? "/dev/loop3" : disk.path;
    return facts;
  }
  std::optional<UnitFacts> unit(const std::string& name) override {
    if (!units.contains(name)) return std::nullopt;
    return UnitFacts{"/etc/systemd/system/" + name, units[name]};
  }
  bool has_udev() override { return true; }
  std::string draw_uuid() override { return "uuid-" + std::to_string(++drawn_); }

  void make_image(const std::filesystem::path& /*file*/, std::uint64_t size) override {
    call();
    file = {true, true, size, true, 0};
  }
  void wipe(const std::string& /*device*/) override {
    call();
    disk.contents.clear();
    disk.btrfs_uuid.clear();
  }
  void format_btrfs(const std::string& device, const std::string& uuid) override {
    call();
    REQUIRE(disk.contents.empty());
    disk.btrfs_uuid = uuid;
    disk.contents = {"btrfs labelled 'town-os' on " + device};
  }
  void make_directory(const std::filesystem::path& directory) override {
    call();
    directories.insert(directory.string());
  }
  void write_unit(const std::string& name, const std::string& text) override {
    call();
    units[name] = text;
  }
  void start_unit(const std::string& name) override {
    call();
    REQUIRE(units.contains(name));
    mounted = name;
    if (!has(units[name], "loop")) disk.uses = {disk.path + " is mounted on /town"};
  }

 private:
  void call() {
    if (calls_left-- == 0) throw Error(Code::internal, "Crash", "The machine lost its power.");
  }

  int drawn_ = 0;
};

SetupPlan run_setup(FakeDisks& disks, const SetupRequest& request) {
  auto plan = plan_setup(request, observe(disks, request));
  carry_out(plan, disks, [](const std::string&) {});
  return plan;
}

std::string reason_of(FakeDisks& disks, const SetupRequest& request) {
  try {
    run_setup(disks, request);
  } catch (const Error& error) {
    return error.reason();
  }
  return "none";
}

SetupRequest image_request() {
  SetupRequest request;
  request.image_size = std::uint64_t{20} << 30;
  return request;
}

SetupRequest disk_request(const std::string& claim = "") {
  SetupRequest request;
  request.disk = "/dev/sdb";
  request.claim = claim;
  return request;
}

std::string reason_of_check(const SetupRequest& request) {
  try {
    checked(request);
  } catch (const Error& error) {
    return error.reason();
  }
  return "none";
}

}  // namespace

TEST_SUITE("controllers/drivers/disk") {
  TEST_CASE("a disk is formatted only when it is empty or claimed, and never when it is in use") {
    struct Row {
      const char* what;
      DiskFacts disk;
      const char* claim;
      bool allowed;
      bool wipe;
    };
    auto used = full_disk();
    used.uses = {"/dev/sdb1 is mounted on /home"};
    auto nameless = full_disk();
    nameless.serial.clear();
    auto locked = empty_disk();
    locked.read_only = true;
    auto drive = empty_disk();
    drive.kind = "rom";
    auto small = empty_disk();
    small.size = kLeastDisk - 1;
    const std::vector<Row> rows = {
        {"empty", empty_disk(), "", true, false},
        {"empty and claimed", empty_disk(), "WD-1", true, false},
        {"empty, another one claimed", empty_disk(), "WD-2", false, false},
        {"full", full_disk(), "", false, false},
        {"full and claimed", full_disk(), "WD-1", true, true},
        {"full, another one claimed", full_disk(), "WD-2", false, false},
        {"full, claimed in other letters", full_disk(), "wd-1", false, false},
        {"in use", used, "", false, false},
        {"in use and claimed", used, "WD-1", false, false},
        {"without serial", nameless, "", false, false},
        {"without serial, claimed", nameless, "WD-1", false, false},
        {"read-only", locked, "WD-1", false, false},
        {"a drive for discs", drive, "WD-1", false, false},
        {"too small", small, "WD-1", false, false},
    };
    for (const auto& row : rows) {
      CAPTURE(row.what);
      const auto decision = decide(row.disk, row.claim);
      CHECK(decision.allowed == row.allowed);
      CHECK(decision.wipe == row.wipe);
      CHECK(has(decision.message, "/dev/sdb"));
    }
  }

  TEST_CASE("a refusal tells what the disk holds, its serial, and how to go on") {
    const auto message = decide(full_disk(), "").message;
    CHECK(has(message, "ext4 labelled 'photos' on /dev/sdb1"));
    CHECK(has(message, "gpt"));
    CHECK(has(message, "4.0 TB"));
    CHECK(has(message, "--claim 'WD-1'"));
  }

  TEST_CASE("mounts, swap and stacked devices anywhere on a disk are uses of it") {
    const auto disk = read_lsblk(R"({"blockdevices": [
      {"path":"/dev/sda", "pkname":null, "type":"disk", "size":1000, "ro":false, "serial":"S 1  ",
       "mountpoints":[null], "children": [
        {"path":"/dev/sda1", "pkname":"sda", "type":"part", "size":10, "ro":false, "serial":null,
         "mountpoints":["/boot", "/mnt"]},
        {"path":"/dev/sda2", "pkname":"sda", "type":"part", "size":10, "ro":false, "serial":null,
         "mountpoints":["[SWAP]"]},
        {"path":"/dev/sda3", "pkname":"sda", "type":"part", "size":10, "ro":false, "serial":null,
         "mountpoints":[null], "children": [
          {"path":"/dev/mapper/vg-root", "type":"lvm", "mountpoints":["/"]}]}]}]})");
    CHECK(disk.path == "/dev/sda");
    CHECK(disk.serial == "S 1");
    CHECK(disk.size == 1000);
    CHECK(disk.partitions == std::vector<std::string>{"/dev/sda1", "/dev/sda2", "/dev/sda3"});
    CHECK(disk.uses == std::vector<std::string>{"/dev/sda1 is mounted on /boot",
                                                "/dev/sda1 is mounted on /mnt",
                                                "/dev/sda2 is swap space",
                                                "/dev/sda3 is part of /dev/mapper/vg-root (lvm)",
                                                "/dev/mapper/vg-root is mounted on /"});
  }

  TEST_CASE("a partition knows its disk") {
    const auto part = read_lsblk(R"({"blockdevices": [{"path":"/dev/sda1", "pkname":"sda",
      "type":"part", "size":10, "ro":false, "serial":null, "mountpoints":[null]}]})");
    CHECK(part.parent == "/dev/sda");
  }

  TEST_CASE("signatures are told once each, and their labels cannot write to a terminal") {
    const auto found = read_wipefs(R"({"signatures": [
      {"device":"sdb", "offset":"0x200", "type":"gpt", "uuid":null, "label":null},
      {"device":"sdb", "offset":"0x1ffffe00", "type":"gpt", "uuid":null, "label":null},
      {"device":"sdb", "offset":"0x438", "type":"ext4", "uuid":"u", "label":"a\u001b[2Jb"}]})");
    CHECK(found == std::vector<Signature>{{"gpt", "", ""}, {"ext4", "a?[2Jb", "u"}});
    CHECK(in_words(found[1], "/dev/sdb") == "ext4 labelled 'a?[2Jb' on /dev/sdb");
    CHECK(read_wipefs("").empty());
  }

  TEST_CASE("the topmost of several mounts counts") {
    CHECK(read_findmnt(R"({"filesystems": [{"source":"/dev/sda1", "fstype":"ext4"},
                                           {"source":"/dev/sdb", "fstype":"btrfs"}]})") ==
          "/dev/sdb");
  }

  TEST_CASE("a listing that is not understood is an error and never an empty disk") {
    for (const char* text : {"", "{}", "[]", R"({"blockdevices": []})", "lsblk: oops"}) {
      CAPTURE(text);
      CHECK_THROWS_AS(read_lsblk(text), Error);
    }
    CHECK_THROWS_AS(read_wipefs("{}"), Error);
    CHECK_THROWS_AS(read_findmnt("{}"), Error);
  }

  TEST_CASE("a mount unit is named as systemd escapes its path") {
    CHECK(mount_unit_name("/town") == "town.mount");
    CHECK(mount_unit_name("/srv/my-data") == "srv-my\\x2ddata.mount");
    CHECK(mount_unit_name("/.hidden/a.b") == "\\x2ehidden-a.b.mount");
    CHECK(mount_unit_name("/\xc3\xa9") == "\\xc3\\xa9.mount");
  }

  TEST_CASE("an image takes four steps, and a second run takes none") {
    FakeDisks disks;
    CHECK(run_setup(disks, image_request()).steps.size() == 4);
    CHECK(has(disks.units["town.mount"], "What=/var/lib/town-os/data.img\nWhere=/town\n"));
    CHECK(has(disks.units["town.mount"], "Options=loop\n"));
    const auto again = run_setup(disks, image_request());
    CHECK(again.steps.empty());
    CHECK(has(again.summary, "already"));
  }

  TEST_CASE("a crash after any step of an image is completed by the same command") {
    for (int calls = 0; calls < 4; ++calls) {
      CAPTURE(calls);
      FakeDisks disks;
      disks.calls_left = calls;
      CHECK(reason_of(disks, image_request()) == "Crash");
      disks.calls_left = 1000;
      CHECK(reason_of(disks, image_request()) == "none");
      CHECK(disks.mounted == "town.mount");
    }
  }

  TEST_CASE("a crash after any step of a claimed disk is completed by the same command") {
    for (int calls = 0; calls < 5; ++calls) {
      CAPTURE(calls);
      FakeDisks disks;
      disks.disk = full_disk();
      disks.calls_left = calls;
      CHECK(reason_of(disks, disk_request("WD-1")) == "Crash");
      disks.calls_left = 1000;
      CHECK(reason_of(disks, disk_request("WD-1")) == "none");
      CHECK(disks.mounted == "town.mount");
      CHECK(has(disks.units["town.mount"], disks.disk.btrfs_uuid));
    }
  }

  TEST_CASE("a disk that is set up is not formatted again, claimed or not") {
    FakeDisks disks;
    run_setup(disks, disk_request());
    const auto uuid = disks.disk.btrfs_uuid;
    CHECK(run_setup(disks, disk_request()).steps.empty());
    CHECK(run_setup(disks, disk_request("WD-1")).steps.empty());
    disks.mounted.clear();
    disks.disk.uses.clear();
    CHECK(run_setup(disks, disk_request("WD-1")).steps.size() == 1);
    CHECK(disks.disk.btrfs_uuid == uuid);
  }

  TEST_CASE("a refused disk leaves the machine as it was") {
    FakeDisks disks;
    disks.disk = full_disk();
    CHECK(reason_of(disks, disk_request()) == "DiskRefused");
    CHECK(disks.directories.empty());
    CHECK(disks.units.empty());
    CHECK(disks.disk.contents == full_disk().contents);
  }

  TEST_CASE("what stands in the way of a mount is refused before anything is made") {
    const auto request = image_request();
    SetupFacts facts;
    const auto reason = [&] {
      try {
        plan_setup(request, facts);
      } catch (const Error& error) {
        return error.reason();
      }
      return std::string("none");
    };
    CHECK(reason() == "none");
    SUBCASE("a directory that holds something") {
      facts.root.exists = facts.root.directory = true;
      CHECK(reason() == "RootTaken");
    }
    SUBCASE("a file") {
      facts.root.exists = true;
      CHECK(reason() == "RootTaken");
    }
    SUBCASE("another file system") {
      facts.root.exists = facts.root.directory = facts.root.empty = facts.root.mounted = true;
      CHECK(reason() == "RootTaken");
    }
    SUBCASE("a unit for something else") {
      facts.unit = UnitFacts{"/run/systemd/generator/town.mount", {}};
      CHECK(reason() == "UnitTaken");
    }
    SUBCASE("a file that somebody else made") {
      facts.image = {true, true, request.image_size, false, 0};
      CHECK(reason() == "FileTaken");
    }
    SUBCASE("an image of another size") {
      facts.image = {true, true, request.image_size + 1, true, 0};
      CHECK(reason() == "FileTaken");
    }
    SUBCASE("a link") {
      facts.image = {true, false, 0, false, 0};
      CHECK(reason() == "FileTaken");
    }
  }

  TEST_CASE("a disk is not taken while the data root is a btrfs on another one") {
    FakeDisks disks;
    run_setup(disks, image_request());
    CHECK(reason_of(disks, disk_request()) == "OtherBtrfs");
  }

  TEST_CASE("paths that a unit file cannot carry, and sizes out of range, are refused") {
    auto request = image_request();
    CHECK(reason_of_check(request) == "none");
    for (const char* path : {"town", "/", "/a b", "/a\nb", "/50%", "/a\\x2d", ""}) {
      CAPTURE(path);
      request.data = path;
      CHECK(reason_of_check(request) == "BadPath");
    }
    request = image_request();
    request.data = "/nonexistent/../data/";
    CHECK(checked(request).data == "/data");
    request.image = "/data/data.img";
    CHECK(reason_of_check(request) == "BadPath");
    request = image_request();
    request.image_size = kLeastDisk - 1;
    CHECK(reason_of_check(request) == "BadSize");
    request.image_size = std::uint64_t{1} << 63;
    CHECK(reason_of_check(request) == "BadSize");
  }
}

}  // namespace town

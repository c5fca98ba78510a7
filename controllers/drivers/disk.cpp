#include "controllers/drivers/disk.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "controllers/drivers/descriptor.h"
#include "controllers/drivers/disk_listing.h"
#include "controllers/drivers/disk_probe.h"
#include "controllers/drivers/process.h"
#include "controllers/drivers/small_file.h"
#include "controllers/drivers/system_error.h"
#include "state/error.h"

namespace town {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto kLook = 30s;
constexpr auto kFormat = 15min;  // a large disk is trimmed by mkfs.btrfs
constexpr auto kMount = 2min;    // systemd waits up to 90 s for the device
constexpr const char* kUnits = "/etc/systemd/system";
constexpr const char* kPartial = ".town-os-partial";

std::string tool(const std::vector<std::string>& argv, std::chrono::milliseconds deadline) {
  ProcessOptions options;
  options.deadline = deadline;
  options.environment = {"LC_ALL=C"};
  auto result = run(argv, options, {});
  if (result.exit_code == 0) return std::move(result.out);
  throw Error(Code::unavailable, "ToolFailed",
              fmt::format("{} failed: {}", fmt::join(argv, " "),
                          result.err.empty() ? fmt::format("status {}", result.exit_code)
                                             : result.err.substr(0, 1000)));
}

/// Throws what a call of std::filesystem told.
void check(const std::error_code& error, const std::string& what) {
  if (error) throw system_error(what, error.value());
}

void make_directories(const fs::path& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  check(error, fmt::format("{} could not be made", directory.string()));
}

std::vector<Signature> signatures(const std::string& path) {
  return read_wipefs(tool({"wipefs", "--json", path}, kLook));
}

void add_contents(DiskFacts& disk) {
  const auto own = signatures(disk.path);
  for (const auto& signature : own) disk.contents.push_back(in_words(signature, disk.path));
  for (const auto& partition : disk.partitions) {
    for (const auto& found : signatures(partition)) {
      disk.contents.push_back(in_words(found, partition));
    }
  }
  if (disk.contents.empty() && !disk.partitions.empty()) {
    disk.contents.push_back(fmt::format("{} partitions", disk.partitions.size()));
  }
  if (disk.contents.empty() && !empty_at_both_ends(disk.path, disk.size)) {
    disk.contents.push_back("data of an unknown kind");
  }
  if (own.size() == 1 && own[0].type == "btrfs" && disk.partitions.empty()) {
    disk.btrfs_uuid = own[0].uuid;
  }
}

class RealDisks final : public Disks {
 public:
  DiskFacts describe(const std::string& device) override {
    std::error_code error;
    const auto path = fs::canonical(device, error);
    if (error) {
      throw Error(Code::not_found, "NoSuchDevice", fmt::format("There is no {}.", device));
    }
    if (!fs::is_block_file(path, error)) {
      throw Error(Code::invalid, "NotADevice", fmt::format("{} is not a disk.", device));
    }
    auto facts = read_lsblk(list_tree(path));
    facts.path = path.string();
    facts.serial = serial_of(facts);
    if (facts.uses.empty() && held(facts.path)) facts.uses.push_back("the system holds it open");
    add_contents(facts);
    return facts;
  }

  ImageFacts image(const fs::path& file) override {
    ImageFacts facts;
    struct stat status {};
    facts.exists = lstat(file.c_str(), &status) == 0;
    if (facts.exists && S_ISREG(status.st_mode)) {
      facts.regular = true;
      facts.size = static_cast<std::uint64_t>(status.st_size);
      const auto found = signatures(file.string());
      facts.ours = found.size() == 1 && found[0].type == "btrfs" && found[0].label == kDiskLabel;
    }
    auto around = file.parent_path();
    std::error_code error;
    while (!fs::exists(around, error) && around.has_relative_path()) around = around.parent_path();
    struct statvfs room {};
    if (statvfs(around.c_str(), &room) == 0) facts.available = room.f_bavail * room.f_frsize;
    return facts;
  }

  RootFacts root(const fs::path& directory) override {
    RootFacts facts;
    std::error_code error;
    facts.exists = fs::exists(fs::symlink_status(directory, error));
    facts.directory = fs::is_directory(directory, error);
    if (!facts.directory) return facts;
    facts.empty = fs::is_empty(directory, error);
    check(error, fmt::format("{} could not be read", directory.string()));
    struct statfs status {};
    facts.btrfs = statfs(directory.c_str(), &status) == 0 &&
                  static_cast<std::uint64_t>(status.f_type) == BTRFS_SUPER_MAGIC;
    const auto found =
        run({"findmnt", "--json", "--mountpoint", directory.string(), "--output", "SOURCE,FSTYPE"},
            {}, {});
    facts.mounted = found.exit_code == 0;
    if (facts.mounted) facts.source = without_links(read_findmnt(found.out));
    return facts;
  }

  std::optional<UnitFacts> unit(const std::string& name) override {
    const auto file = fs::path(kUnits) / name;
    if (auto text = read_small_file(file, 64 << 10)) return UnitFacts{file, std::move(*text)};
    auto elsewhere =
        tool({"systemctl", "show", "--property=FragmentPath", "--value", "--", name}, kLook);
    elsewhere.erase(elsewhere.find_last_not_of('\n') + 1);
    // A unit of what is mounted by hand has no file; and systemd may remember one that is gone.
    if (elsewhere.empty() || elsewhere == file) return std::nullopt;
    return UnitFacts{elsewhere, {}};
  }

  bool has_udev() override {
    std::error_code error;
    return fs::exists("/run/udev/control", error);
  }

  std::string draw_uuid() override { return first_line("/proc/sys/kernel/random/uuid"); }

  void make_image(const fs::path& file, std::uint64_t size) override {
    make_directories(file.parent_path());
    const fs::path partial = file.string() + kPartial;
    remove_file_at(partial);  // of a run that was interrupted
    make_sparse(partial, size);
    tool({"mkfs.btrfs", "--quiet", "--label", kDiskLabel, partial.string()}, kFormat);
    put_in_place(partial, file);
  }

  void wipe(const std::string& device) override {
    const auto disk = describe(device);
    if (!disk.uses.empty()) {
      throw Error(Code::conflict, "InUse",
                  fmt::format("{} is in use by now: {}.", disk.path, fmt::join(disk.uses, ", ")));
    }
    for (const auto& partition : disk.partitions) tool({"wipefs", "--all", partition}, kLook);
    tool({"wipefs", "--all", disk.path}, kLook);
    wipe_both_ends(disk.path, disk.size);
  }

  void format_btrfs(const std::string& device, const std::string& uuid) override {
    // Without --force, so that it looks once more and refuses whatever is not empty.
    tool({"mkfs.btrfs", "--quiet", "--label", kDiskLabel, "--uuid", uuid, device}, kFormat);
    // Else the link by UUID, which the mount needs, could come late.
    if (has_udev()) tool({"udevadm", "trigger", "--settle", device}, kLook);
  }

  void make_directory(const fs::path& directory) override { make_directories(directory); }

  void write_unit(const std::string& name, const std::string& text) override {
    replace_file(fs::path(kUnits) / name, text, 0644);
  }

  // By systemctl and not by the Systemd driver: that one is for the daemon's own units, town-os-*,
  // and this is done once in the life of a machine.
  void start_unit(const std::string& name) override {
    tool({"systemctl", "daemon-reload"}, kMount);
    tool({"systemctl", "enable", "--quiet", "--", name}, kLook);
    tool({"systemctl", "start", "--", name}, kMount);
  }

 private:
  static std::string list_tree(const fs::path& device) {
    return tool({"lsblk", "--json", "--tree=PATH", "--bytes", "--output",
                 "PATH,PKNAME,TYPE,SIZE,RO,SERIAL,MOUNTPOINTS", device.string()},
                kLook);
  }

  static std::string serial_of(const DiskFacts& facts) {
    if (!facts.serial.empty()) return facts.serial;
    if (facts.kind != "part") return serial_in_sysfs(facts.path);
    auto serial = read_lsblk(list_tree(facts.parent)).serial;
    return serial.empty() ? serial_in_sysfs(facts.parent) : serial;
  }

  static std::string without_links(const std::string& source) {
    std::error_code error;
    const auto path = fs::canonical(source, error);
    return error ? source : path.string();
  }

  static void make_sparse(const fs::path& file, std::uint64_t size) {
    const Descriptor made(
        open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!made || ftruncate(made.get(), static_cast<off_t>(size)) != 0) {
      throw system_error(fmt::format("{} could not be made", file.string()), errno);
    }
  }

  static void put_in_place(const fs::path& partial, const fs::path& file) {
    const Descriptor made(open(partial.c_str(), O_RDONLY | O_CLOEXEC));
    if (!made || fsync(made.get()) != 0) {
      throw system_error(fmt::format("{} could not be written", partial.string()), errno);
    }
    struct stat status {};
    if (lstat(file.c_str(), &status) == 0 && S_ISREG(status.st_mode) && status.st_size == 0) {
      remove_file_at(file);
    }
    if (renameat2(AT_FDCWD, partial.c_str(), AT_FDCWD, file.c_str(), RENAME_NOREPLACE) == 0) return;
    const int error = errno;
    if (error != EEXIST) {
      throw system_error(fmt::format("{} could not be made", file.string()), error);
    }
    throw Error(Code::conflict, "FileTaken",
                fmt::format("{} was made by somebody else meanwhile.", file.string()));
  }
};

}  // namespace

std::unique_ptr<Disks> make_disks() { return std::make_unique<RealDisks>(); }

}  // namespace town

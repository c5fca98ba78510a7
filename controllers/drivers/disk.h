// Disks, image files and mount units, as `townctl host init` needs them: looked at in full before
// anything is done. Not for the daemon, which formats and mounts nothing. Used from one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace town {

/// What was found on a block device.
struct DiskFacts {
  std::string path;    ///< without links: "/dev/sdb"
  std::string parent;  ///< of a partition, its disk: "/dev/sdb"
  std::string kind;    ///< lsblk's word: "disk", "part", "loop", "rom", "crypt", …
  /// As lsblk and sysfs tell it; a partition has its disk's, a loop device the path of the file
  /// behind it. Empty where there is none.
  std::string serial;
  std::uint64_t size = 0;  ///< bytes
  bool read_only = false;
  std::vector<std::string> partitions;  ///< their paths, without the device itself
  std::vector<std::string> uses;        ///< "/dev/sdb1 is mounted on /home"; empty: nothing uses it
  std::vector<std::string> contents;  ///< "ext4 labelled 'photos' on /dev/sdb1"; empty: it is empty
  std::string btrfs_uuid;             ///< where a btrfs is all that it holds
};

/// What was found where the image file shall be.
struct ImageFacts {
  bool exists = false;
  bool regular = false;  ///< a file, and neither a link nor a directory
  std::uint64_t size = 0;
  bool ours = false;            ///< a btrfs that bears our label
  std::uint64_t available = 0;  ///< bytes free on the file system around it
};

/// What was found at the data root.
struct RootFacts {
  bool exists = false;
  bool directory = false;
  bool empty = false;
  bool mounted = false;  ///< is a mount point
  bool btrfs = false;
  std::string source;  ///< what is mounted there, without links; empty where nothing is
};

/// A unit that systemd already has under the name that we need.
struct UnitFacts {
  std::filesystem::path file;
  std::string text;  ///< empty where it is not in the directory that we write to
};

/// The label of every file system that we make.
inline constexpr const char* kDiskLabel = "town-os";
/// The least that is worth formatting; mkfs.btrfs itself wants 109 MiB.
inline constexpr std::uint64_t kLeastDisk = std::uint64_t{256} << 20;

/// Whether a disk may be formatted, and why not.
struct Decision {
  bool allowed = false;
  bool wipe = false;    ///< it holds something that the person has given up
  std::string message;  ///< one or two sentences for people; of a refusal, with the way on
};

/// Pure. `claim` is what the person gave as the disk's serial, or empty. A disk in use is refused
/// whatever is claimed, one that holds anything without the right claim, and a wrong claim always.
Decision decide(const DiskFacts& disk, const std::string& claim);

/// "4.0 GB", by powers of 1024.
std::string size_in_words(std::uint64_t bytes);

/// Every call throws Error; {unavailable, ToolFailed} where a program of the system failed.
class Disks {
 public:
  virtual ~Disks() = default;

  /// Error{not_found, NoSuchDevice} and Error{invalid, NotADevice}.
  virtual DiskFacts describe(const std::string& device) = 0;
  virtual ImageFacts image(const std::filesystem::path& file) = 0;
  virtual RootFacts root(const std::filesystem::path& directory) = 0;
  virtual std::optional<UnitFacts> unit(const std::string& name) = 0;
  /// Whether /dev/disk/by-uuid is kept; not in containers.
  virtual bool has_udev() = 0;
  virtual std::string draw_uuid() = 0;

  /// A sparse btrfs of `size` bytes, 0600; it appears at `file` only when it is complete.
  /// Error{conflict, FileTaken} where a file that is not empty is there already.
  virtual void make_image(const std::filesystem::path& file, std::uint64_t size) = 0;
  /// Removes what `describe` found. Error{conflict, InUse} where something uses the device by now.
  virtual void wipe(const std::string& device) = 0;
  /// Formats an empty device; mkfs.btrfs refuses any other.
  virtual void format_btrfs(const std::string& device, const std::string& uuid) = 0;
  virtual void make_directory(const std::filesystem::path& directory) = 0;
  virtual void write_unit(const std::string& name, const std::string& text) = 0;
  /// Enables and starts it, so that it is mounted now and after every boot.
  virtual void start_unit(const std::string& name) = 0;
};

/// The machine's own, through lsblk, wipefs, mkfs.btrfs, findmnt, sysfs and systemctl.
std::unique_ptr<Disks> make_disks();

}  // namespace town

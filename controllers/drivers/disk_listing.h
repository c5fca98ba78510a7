// What the system's disk tools print, as facts. Pure functions; any thread. The tools run with
// LC_ALL=C and --json (util-linux 2.38); other text throws Error{internal, BadListing}.
#pragma once

#include <string>
#include <vector>

#include "controllers/drivers/disk.h"

namespace town {

/// From `lsblk --json --tree=PATH --bytes --output PATH,PKNAME,TYPE,SIZE,RO,SERIAL,MOUNTPOINTS
/// DEVICE`: all but the contents. Uses are mounts, swap, and whatever is stacked on the device
/// (LVM, RAID, crypt).
DiskFacts read_lsblk(const std::string& json);

/// One thing that `wipefs --json --output …` found.
struct Signature {
  std::string type;   ///< "ext4", "gpt", …
  std::string label;  ///< printable ASCII; whatever else it held is '?'
  std::string uuid;

  bool operator==(const Signature&) const = default;
};

/// Each kind once: a partition table has two places, ZFS has many. No text is no signature.
std::vector<Signature> read_wipefs(const std::string& json);

/// "ext4 labelled 'photos' on /dev/sdb1".
std::string in_words(const Signature& signature, const std::string& device);

/// From `findmnt --json --mountpoint DIR --output SOURCE,FSTYPE`: the topmost one's source.
std::string read_findmnt(const std::string& json);

}  // namespace town

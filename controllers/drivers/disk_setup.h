// What `townctl host init` does, in order and as data: observe, plan, then carry out. Crashes in
// between leave something that a second run completes or refuses in a sentence. One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "controllers/drivers/disk.h"

namespace town {

/// What the person asked for. Either `disk` is set, or `image_size`.
struct SetupRequest {
  std::filesystem::path data = "/town";  ///< the data root
  std::uint64_t image_size = 0;          ///< bytes; 0 where a disk was asked for
  std::filesystem::path image = "/var/lib/town-os/data.img";
  std::string disk;
  std::string claim;
};

/// What was found; each part only where the request needs it.
struct SetupFacts {
  RootFacts root;
  ImageFacts image;
  DiskFacts disk;
  std::optional<UnitFacts> unit;
  bool udev = false;
  std::string uuid;  ///< drawn for a disk that gets formatted
};

struct SetupStep {
  enum class Action { make_image, wipe, format, make_directory, write_unit, start_unit };
  Action action;
  std::string words;  ///< what it does, for people

  bool operator==(const SetupStep&) const = default;
};

struct SetupPlan {
  SetupRequest request;  ///< with its paths made plain
  std::string unit;      ///< "town.mount"
  std::string unit_text;
  std::string device;  ///< the disk without links
  std::string uuid;
  std::vector<SetupStep> steps;  ///< none where everything is in place
  std::string summary;           ///< a sentence to begin with
};

/// Checks the request's paths, and makes them plain (absolute, without "..", links and a trailing
/// slash). Error{invalid, BadPath}, {invalid, BadSize}.
SetupRequest checked(SetupRequest request);

SetupFacts observe(Disks& disks, const SetupRequest& request);

/// Pure. Throws Error{conflict} with what stands in the way: RootTaken, OtherBtrfs, UnitTaken,
/// FileTaken, DiskRefused.
SetupPlan plan_setup(const SetupRequest& request, const SetupFacts& facts);

/// Does it, telling each step's words before it; then checks that the data root is a btrfs.
void carry_out(const SetupPlan& plan, Disks& disks,
               const std::function<void(const std::string& words)>& tell);

/// Pure. systemd's name for the mount at `directory` (systemd.unit(5), "String Escaping for
/// Inclusion in Unit Names"): "/srv/my-data" is "srv-my\x2ddata.mount".
std::string mount_unit_name(const std::filesystem::path& directory);

/// Pure. The unit that mounts `source` there as btrfs; `options` may be empty.
std::string mount_unit_text(const std::string& source, const std::filesystem::path& directory,
                            const std::string& options);

}  // namespace town

// Fills new volumes: from an archive of the box, from files in an image, from a git repository. One
// object for the daemon, given to the volumes controller; any thread may call it, for different
// volumes at once.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "controllers/drivers/btrfs.h"
#include "controllers/drivers/podman.h"
#include "controllers/drivers/volume_files.h"
#include "state/spec.h"

namespace town {

class Seeds {
 public:
  virtual ~Seeds() = default;

  /// Removes what a crash may have left outside of the volumes. Before anything is filled.
  virtual void prepare() = 0;

  /// Fills what Btrfs::stage() has made for the volume `id`, at `staged` below the data root. All
  /// files belong to `owner` where both are set; else they keep the owner that they have in the
  /// archive or image, and those of git are root's. No file keeps a set-user-id bit. True where
  /// anything was put there.
  ///
  /// Error{not_found, ArchiveMissing}; Error{remote} with the reasons of unpack(), of
  /// copy_from_image(), of Podman::pull() and of Git; Error{unavailable} with reason TimedOut,
  /// Stopped, DiskFull or QuotaExceeded. An archive may take 10 minutes, git 5 (package
  /// format 3.6), a copy out of an image 30. After a failure the volume may be half filled: it is
  /// thrown away.
  virtual bool fill(const std::string& id, const std::string& staged, const SeedSpec& seed,
                    const FileOwner& owner, const std::function<void(const std::string&)>& progress,
                    const std::stop_token& stop) = 0;
};

/// Archives are files in "archives" below the data root. The drivers outlive it.
std::unique_ptr<Seeds> make_seeds(Btrfs& btrfs, Podman& podman);

}  // namespace town

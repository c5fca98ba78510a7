// What must be done about volumes. Pure: no clock, no machine.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "controllers/drivers/btrfs.h"
#include "engine/plan.h"

namespace town::volumes {

struct Observed {
  std::vector<Subvolume> subvolumes;
  std::map<std::string, std::vector<std::string>> missing{};  ///< by path: files that are not there
};

/// Changes: "create", "seed" (made and filled), "snapshot" (subject: path of the source), "move"
/// and "aside" (subject: where it lies now; aside is beside its own place), "limit", "own",
/// "destroy" (subject: where it lies), "write" (subject: the file). A volume is known by the id in
/// its mark, so one that was renamed is found and moved; what bears no mark of ours is never
/// touched.
Plan plan(const View& view, const Observed& observed);

}  // namespace town::volumes

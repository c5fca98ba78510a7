// What must be done about images and units. Pure: no clock, no machine.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "controllers/drivers/podman.h"
#include "controllers/drivers/systemd.h"
#include "controllers/units/render.h"
#include "engine/plan.h"

namespace town::units {

struct Observed {
  std::string checker;  ///< that a unit file of now runs before its container
  std::set<std::string> images;
  std::map<std::string, UnitState> states;          ///< by unit
  std::map<std::string, FileMark> files;            ///< by unit
  std::map<std::string, std::string> environments;  ///< by unit: text
  std::map<std::string, PodmanContainer> running;   ///< by unit: what its main process watches
  std::vector<PodmanContainer> containers;          ///< all of ours in storage; only in a resync
};

/// Changes: "pull"; "write", "reload", "stop", "start", "forget" (subject: the unit),
/// "remove_container" (subject: the container), "post_install", "post_update" (subject: which of
/// the commands, from 0). Prepared first, switched last: the running thing is not touched before
/// the image, the volumes and the network of the new one are ready.
Plan plan(const View& view, const Observed& observed);

}  // namespace town::units

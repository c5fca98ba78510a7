// What must be done about podman networks and ports. Pure: no clock, no machine.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "controllers/drivers/podman.h"
#include "controllers/drivers/sockets.h"
#include "engine/plan.h"

namespace town::networks {

struct Observed {
  std::vector<PodmanNetwork> networks;
  std::vector<Listener> listeners;
  /// Of the listeners that are conmon: pid -> the container it watches.
  std::map<std::uint32_t, PodmanContainer> containers;
};

/// Changes: "create", "remove" (subject: the network's name).
Plan plan(const View& view, const Observed& observed);

}  // namespace town::networks

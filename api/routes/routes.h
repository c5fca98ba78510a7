// The one table of all routes: path, gate, audit text and handler side by side, one function per
// family of paths. The services must outlive the routes. Called once, by townd's main.
#pragma once

#include <vector>

#include "api/dispatcher.h"
#include "api/services.h"

namespace town::api {

std::vector<Route> account_routes(Services& services);
std::vector<Route> status_routes(Services& services);
std::vector<Route> repository_routes(Services& services);
std::vector<Route> package_routes(Services& services);
std::vector<Route> installed_routes(Services& services);
std::vector<Route> storage_routes(Services& services);
std::vector<Route> systemd_routes(Services& services);
std::vector<Route> page_routes(Services& services);
std::vector<Route> system_routes(Services& services);
std::vector<Route> resource_routes(Services& services);
std::vector<Route> home_routes(Services& services);

/// Every route of the API.
std::vector<Route> all_routes(Services& services);

}  // namespace town::api

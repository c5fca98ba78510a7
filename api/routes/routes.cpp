#include "api/routes/routes.h"

#include <iterator>

#include "api/logs.h"

namespace town::api {

std::vector<Route> all_routes(Services& services) {
  std::vector<Route> all;
  for (auto* family :
       {account_routes, status_routes, repository_routes, package_routes, installed_routes,
        storage_routes, systemd_routes, page_routes, system_routes, resource_routes, home_routes}) {
    auto routes = family(services);
    all.insert(all.end(), std::make_move_iterator(routes.begin()),
               std::make_move_iterator(routes.end()));
  }
  for (auto& route : log_routes(services.logs, services.stopping)) all.push_back(std::move(route));
  return all;
}

}  // namespace town::api

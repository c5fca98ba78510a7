#include "engine/upgrades.h"

#include <spdlog/spdlog.h>

#include "engine/package/version.h"

namespace town {

std::vector<Upgrade> upgrades(const Graph& graph, const Catalog& catalog) {
  std::vector<Upgrade> found;
  for (const auto& resource : graph.of(Kind::package)) {
    if (resource->deleting) continue;
    const auto& spec = std::get<PackageSpec>(resource->spec);
    const auto latest = catalog.find(spec.repo, spec.package, "");
    const auto same = catalog.find(spec.repo, spec.package, spec.version);
    Upgrade upgrade{spec.repo,    spec.name, spec.package,     spec.version,
                    spec.version, false,     spec.track_latest};
    upgrade.changed = same && same->digest != spec.digest;
    const bool newer = latest && package::compare_versions(latest->version, spec.version) > 0;
    if (newer) upgrade.latest_version = latest->version;
    if (newer || upgrade.changed) found.push_back(std::move(upgrade));
  }
  return found;
}

void follow_latest(Engine& engine, const Graph& graph, const Catalog& catalog) {
  for (const auto& upgrade : upgrades(graph, catalog)) {
    if (!upgrade.tracked) continue;
    Install request;
    request.repo = upgrade.repo;
    request.package = upgrade.package;
    request.version = upgrade.latest_version;
    request.track_latest = true;
    if (upgrade.name != upgrade.package) {
      request.instance = upgrade.name.substr(upgrade.package.size() + 1);
    }
    try {
      engine.submit({{"system", "git"}, {request}});
    } catch (const Error& error) {
      spdlog::warn("upgrade refused package={}/{} version={} reason={} error={}", upgrade.repo,
                   upgrade.name, upgrade.latest_version, error.reason(), error.what());
    }
  }
}

}  // namespace town

#include "api/packages.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "api/listing.h"
#include "engine/package/version.h"
#include "state/digest.h"

namespace town::api {
namespace {

using Json = nlohmann::json;

const PackageSpec& spec_of(const ResourcePtr& resource) {
  return std::get<PackageSpec>(resource->spec);
}

OfferPtr newest_in(const std::map<std::string, OfferPtr>& versions) {
  std::vector<std::string> sound;
  for (const auto& [version, offer] : versions) {
    if (offer->faults.empty()) sound.push_back(version);
  }
  return sound.empty() ? nullptr : versions.at(package::latest(std::move(sound)));
}

bool is_featured(const Catalog& catalog, const std::string& repo, const std::string& name) {
  const auto* offers = catalog.repository(repo);
  return offers != nullptr && std::find(offers->featured.begin(), offers->featured.end(), name) !=
                                  offers->featured.end();
}

/// Whether the file that is installed is another than the repository's of the same version.
bool file_changed(const Catalog& catalog, const PackageSpec& spec) {
  const auto offer = catalog.find(spec.repo, spec.package, spec.version);
  return offer && offer->version == spec.version && offer->digest != spec.digest;
}

Json entry_of(const std::string& repo, const std::string& name, const std::string& version,
              const package::Definition& definition) {
  Json entry = {{"repo", repo},
                {"name", name},
                {"version", version},
                {"runtime", package::to_string(definition.runtime)},
                {"installed", false}};
  if (!definition.description.empty()) entry["description"] = definition.description;
  if (!definition.supplies.empty()) entry["supplies"] = definition.supplies;
  return entry;
}

/// The row of an installed package: its repository's newest where that still offers it.
Json installed_entry(const Catalog& catalog, const PackageSpec& spec) {
  const auto offer = newest_offer(catalog, spec.repo, spec.package);
  auto entry = offer ? entry_of(spec.repo, spec.name, offer->version, offer->definition)
                     : entry_of(spec.repo, spec.name, spec.version, definition_of(spec));
  entry["installed"] = true;
  entry["installed_version"] = spec.version;
  if (file_changed(catalog, spec)) entry["changed"] = true;
  if (is_featured(catalog, spec.repo, spec.package)) entry["featured"] = true;
  return entry;
}

std::set<std::string> offered_names(const Catalog& catalog) {
  std::set<std::string> names;
  for (const auto& repository : catalog.repositories()) {
    for (const auto& [name, versions] : repository->packages) names.insert(name);
  }
  return names;
}

Json repository_packages(const RepositoryOffers& repository, const std::string& search,
                         bool featured_only) {
  auto packages = Json::array();
  const auto& featured = repository.featured;
  for (const auto& [name, versions] : repository.packages) {
    const auto offer = newest_in(versions);
    if (!offer || !matches(name, search)) continue;
    const bool shown =
        !featured_only || std::find(featured.begin(), featured.end(), name) != featured.end();
    if (!shown) continue;
    packages.push_back({{"repo", repository.name}, {"name", name}, {"version", offer->version}});
  }
  return packages;
}

}  // namespace

std::vector<ResourcePtr> installed_packages(const Graph& graph) {
  auto packages = graph.of(Kind::package);
  std::erase_if(packages, [](const ResourcePtr& resource) { return resource->deleting; });
  return packages;
}

OfferPtr newest_offer(const Catalog& catalog, const std::string& repo, const std::string& name) {
  OfferPtr best;
  for (const auto& repository : catalog.repositories()) {
    if (!repo.empty() && repository->name != repo) continue;
    const auto found = repository->packages.find(name);
    if (found == repository->packages.end()) continue;
    const auto offer = newest_in(found->second);
    if (!offer) continue;
    const bool wins = !best || package::compare_versions(offer->version, best->version) >= 0;
    if (wins) best = offer;
  }
  return best;
}

std::string identity(const std::string& repo, const std::string& name, const std::string& version) {
  return repo + "/" + name + "@" + version;
}

Json package_entries(const Graph& graph, const Catalog& catalog) {
  std::map<std::string, Json> rows;
  std::set<std::string> taken;
  for (const auto& resource : installed_packages(graph)) {
    const auto& spec = spec_of(resource);
    auto entry = installed_entry(catalog, spec);
    const auto id = identity(spec.repo, spec.name, entry.at("version"));
    rows.emplace(id, std::move(entry));
    taken.insert(spec.name);
  }
  for (const auto& name : offered_names(catalog)) {
    if (taken.contains(name)) continue;
    const auto offer = newest_offer(catalog, "", name);
    if (!offer) continue;
    auto entry = entry_of(offer->repo, name, offer->version, offer->definition);
    if (is_featured(catalog, offer->repo, name)) entry["featured"] = true;
    rows.emplace(identity(offer->repo, name, offer->version), std::move(entry));
  }
  auto entries = Json::array();
  for (auto& [id, entry] : rows) entries.push_back(std::move(entry));
  return entries;
}

Json by_repository(const Catalog& catalog, const std::string& search, bool featured_only) {
  auto groups = Json::array();
  const auto& repositories = catalog.repositories();
  for (auto at = repositories.rbegin(); at != repositories.rend(); ++at) {
    auto packages = repository_packages(**at, search, featured_only);
    if (packages.empty()) continue;
    Json group = {{"repo", (*at)->name}, {"packages", std::move(packages)}};
    if (!(*at)->featured.empty()) group["featured"] = (*at)->featured;
    groups.push_back(std::move(group));
  }
  return groups;
}

std::string upgrades_hash(const std::vector<Upgrade>& upgrades) {
  std::string lines;
  for (const auto& upgrade : upgrades) {
    lines += identity(upgrade.repo, upgrade.name, upgrade.installed_version) + "->" +
             upgrade.latest_version + "\n";
  }
  return sha256_hex(lines);
}

}  // namespace town::api

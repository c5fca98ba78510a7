#include "api/preview.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/packages.h"
#include "api/problem.h"
#include "engine/package/size.h"

namespace town::api {
namespace {

using Json = nlohmann::json;

/// Numeric ports only: what a marker becomes is known when the questions are answered.
Json ports_json(const package::Definition& definition, bool external) {
  std::vector<std::pair<int, int>> ports;
  for (const auto& port : definition.network.ports) {
    if (port.external != external) continue;
    const auto host = package::parse_port(port.key);
    const auto container = package::parse_port(port.container);
    if (host && container) ports.emplace_back(*host, *container);
  }
  std::sort(ports.begin(), ports.end());
  auto list = Json::array();
  for (const auto& [host, container] : ports) {
    list.push_back({{"external", host}, {"internal", container}});
  }
  return list;
}

Json volumes_json(const package::Definition& definition, const package::Definition* installed,
                  bool upgrade) {
  auto list = Json::array();
  for (const auto& [name, volume] : definition.volumes) {
    const bool there = installed != nullptr && installed->volumes.contains(name);
    Json entry = {{"name", name},
                  {"mountpoint", volume.mountpoint},
                  {"migrated", there && upgrade},
                  {"fresh", !there}};
    if (!volume.quota.empty()) entry["quota"] = volume.quota;
    list.push_back(std::move(entry));
  }
  return list;
}

std::uint64_t total_quota(const package::Definition& definition) {
  std::uint64_t total = 0;
  for (const auto& [name, volume] : definition.volumes) {
    const auto bytes = package::parse_size(volume.quota).value_or(0);
    total = total > ~bytes ? ~std::uint64_t{0} : total + bytes;
  }
  return total;
}

/// Against what is free, less a reserve of 5 % of the whole.
bool exceeds(std::uint64_t quota, const DiskFigures& disk) {
  if (disk.total == 0) return false;
  const auto reserve = disk.total / 20;
  return quota > (disk.available > reserve ? disk.available - reserve : 0);
}

std::string image_of(const package::Definition& definition) {
  if (definition.vm) return {};
  if (definition.image.empty() && definition.proton) return "quay.io/town/proton:latest";
  return definition.image;
}

Json vm_json(const package::VmDeclaration& vm) {
  return {{"image", vm.image},
          {"memory", vm.memory.empty() ? "1gb" : vm.memory},
          {"cpus", vm.cpus == 0 ? 1U : vm.cpus}};
}

}  // namespace

Json install_preview(const Offer& offer, const PackageSpec* installed, const DiskFigures& disk,
                     const std::set<std::string>& kept_versions) {
  const auto& definition = offer.definition;
  const bool upgrade = installed != nullptr && installed->version != offer.version;
  std::optional<package::Definition> before;
  if (installed != nullptr) before = definition_of(*installed);
  const auto quota = total_quota(definition);
  Json json = {{"repo", offer.repo},
               {"name", offer.name},
               {"version", offer.version},
               {"image", image_of(definition)},
               {"runtime", package::to_string(definition.runtime)},
               {"volumes", volumes_json(definition, before ? &*before : nullptr, upgrade)},
               {"external_ports", ports_json(definition, true)},
               {"internal_ports", ports_json(definition, false)},
               {"has_questions", !definition.questions.empty()},
               {"total_quota", quota},
               {"quota_exceeds_disk", exceeds(quota, disk)}};
  if (!definition.description.empty()) json["description"] = definition.description;
  if (upgrade) json["upgrading_from"] = installed->version;
  if (disk.total > 0) {
    json["disk_usage"] = {
        {"total", disk.total}, {"used", disk.used}, {"available", disk.available}};
  }
  if (installed == nullptr && !kept_versions.empty()) json["kept_versions"] = kept_versions;
  if (!offer.warnings.empty()) json["warnings"] = warnings_json(offer.warnings);
  if (definition.vm) json["vm"] = vm_json(*definition.vm);
  json["summary"] = fmt::format("{} {} {}: {} volumes, {} ports, {} questions",
                                upgrade ? "Upgrade to" : "Install", offer.name, offer.version,
                                definition.volumes.size(), definition.network.ports.size(),
                                definition.questions.size());
  return json;
}

}  // namespace town::api

#include "api/home_plan.h"

#include <algorithm>

#include "engine/package/names.h"

namespace town::api {
namespace {

constexpr const char* kUser = "user/";

const PackageSpec* installed(const Graph& graph, const std::string& repo, const std::string& name) {
  const auto resource = graph.find({Kind::package, repo + "/" + name});
  return resource && !resource->deleting ? std::get_if<PackageSpec>(&resource->spec) : nullptr;
}

/// By name alone: the one that is installed under it, whatever repository it came from.
const PackageSpec* installed_anywhere(const Graph& graph, const std::string& name) {
  for (const auto& resource : graph.of(Kind::package)) {
    const auto& spec = std::get<PackageSpec>(resource->spec);
    if (spec.name == name && !resource->deleting) return &spec;
  }
  return nullptr;
}

/// Nothing about it would change: it need not be in any repository any more.
bool settled(const HomePackage& package, const PackageSpec& spec) {
  if (package.version != "latest" && package.version != spec.version) return false;
  if (package.track_latest != spec.track_latest) return false;
  return std::all_of(package.responses.begin(), package.responses.end(), [&](const auto& answer) {
    const auto found = spec.responses.find(answer.first);
    return found != spec.responses.end() && found->second.reveal() == answer.second;
  });
}

void plan_repositories(const Home& home, const Graph& graph, HomePlan& plan) {
  for (const auto& wanted : home.repositories) {
    if (!wanted.readable) continue;
    AddRepository request{wanted.name, wanted.url, wanted.username, wanted.password};
    const auto* spec = graph.spec<RepositorySpec>({Kind::repository, wanted.name});
    if (spec == nullptr) {
      plan.added.push_back(std::move(request));
      continue;
    }
    const bool other_url = spec->url != wanted.url;
    const bool other_account = !wanted.username.empty() && (spec->username != wanted.username ||
                                                            spec->password != wanted.password);
    if (other_url || other_account) plan.changed.push_back(std::move(request));
  }
}

}  // namespace

std::vector<Request> volume_requests(const HomeVolume& wanted, const Graph& graph) {
  std::vector<Request> requests;
  const auto path = kUser + wanted.name;
  const auto resource = graph.find({Kind::volume, path});
  if (!wanted.readable) return requests;
  if (!resource || resource->deleting) {
    requests.emplace_back(CreateVolume{wanted.name, wanted.quota.value_or(0)});
    if (wanted.quota == std::uint64_t{0}) requests.emplace_back(ModifyVolume{path, "", 0});
  } else if (wanted.quota && *wanted.quota != std::get<VolumeSpec>(resource->spec).quota) {
    requests.emplace_back(ModifyVolume{path, "", *wanted.quota});
  }
  return requests;
}

namespace {

void plan_volumes(const Home& home, const Graph& graph, HomePlan& plan) {
  for (const auto& wanted : home.volumes) {
    auto requests = volume_requests(wanted, graph);
    std::move(requests.begin(), requests.end(), std::back_inserter(plan.requests));
  }
}

}  // namespace

std::vector<Request> package_requests(const HomePackage& package, const Graph& graph,
                                      const Catalog& catalog) {
  std::vector<Request> requests;
  const auto offer = catalog.find(package.repo, package.name, package.version);
  const auto name = package.effective_name();
  const auto* there =
      package.repo.empty() ? installed_anywhere(graph, name) : installed(graph, package.repo, name);
  const auto repo = there != nullptr ? there->repo : (offer ? offer->repo : package.repo);
  if (offer || there == nullptr || !settled(package, *there)) {
    Install install;
    install.repo = repo;
    install.package = package.name;
    install.version = package.version;
    install.responses = package.responses;
    install.instance = package.instance;
    install.track_latest = package.track_latest;
    requests.emplace_back(std::move(install));
  }
  if (package.enabled || package.stopped) {
    requests.emplace_back(SwitchPackage{repo, name, package.enabled, package.stopped, false});
  }
  return requests;
}

HomePlan plan_home(const Home& home, const Graph& graph, const Catalog& catalog) {
  HomePlan plan;
  plan_repositories(home, graph, plan);
  // Settings come first: volumes and packages take their default quota from one.
  for (const auto& [key, value] : home.settings) plan.requests.emplace_back(SetSetting{key, value});
  plan_volumes(home, graph, plan);
  for (std::size_t at = 0; at < home.packages.size(); ++at) {
    const auto& package = home.packages[at];
    if (package.name.empty()) continue;  // which is a fault of its own
    const bool known = catalog.find(package.repo, package.name, package.version) ||
                       installed_anywhere(graph, package.effective_name()) != nullptr;
    if (!known) plan.unknown.push_back(at);
    if (!known || !package.readable) continue;
    auto requests = package_requests(package, graph, catalog);
    std::move(requests.begin(), requests.end(), std::back_inserter(plan.requests));
  }
  return plan;
}

std::vector<Request> quota_requests(const Home& home, const Graph& graph) {
  std::vector<Request> requests;
  for (const auto& package : home.packages) {
    const auto name = package.effective_name();
    const auto* spec = package.repo.empty() ? installed_anywhere(graph, name)
                                            : installed(graph, package.repo, name);
    if (spec == nullptr) continue;
    for (const auto& [volume, bytes] : package.quotas) {
      const auto path =
          package::installed_path(spec->repo, package::storage_path(name), spec->version, volume);
      const auto* there = graph.spec<VolumeSpec>({Kind::volume, path});
      if (there != nullptr && there->quota == bytes) continue;
      requests.emplace_back(ModifyVolume{path, "", bytes});
    }
  }
  return requests;
}

std::vector<Request> change_requests(const AddRepository& changed, const Graph& graph) {
  const auto* spec = graph.spec<RepositorySpec>({Kind::repository, changed.name});
  const int position = spec == nullptr ? 0 : spec->position;
  return {RemoveRepository{changed.name}, changed, MoveRepository{changed.name, position}};
}

}  // namespace town::api

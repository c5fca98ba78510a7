#include "engine/repositories/catalog.h"

#include <algorithm>
#include <set>

#include "engine/package/version.h"

namespace town {

namespace {

using Versions = std::map<std::string, OfferPtr>;

std::vector<std::string> sound(const Versions& versions) {
  std::vector<std::string> names;
  for (const auto& [version, offer] : versions) {
    if (offer->faults.empty()) names.push_back(version);
  }
  return names;
}

// A broken new version must not take the place of one that works; where all are broken, the highest
// tells why.
OfferPtr highest(const Versions& versions) {
  auto names = sound(versions);
  if (names.empty()) {
    for (const auto& [version, offer] : versions) names.push_back(version);
  }
  return names.empty() ? nullptr : versions.at(package::latest(std::move(names)));
}

const Versions* versions_of(const RepositoryOffers& repository, const std::string& name) {
  const auto found = repository.packages.find(name);
  return found == repository.packages.end() ? nullptr : &found->second;
}

OfferPtr offer_in(const RepositoryOffers& repository, const std::string& name,
                  const std::string& version) {
  const Versions* versions = versions_of(repository, name);
  if (versions == nullptr) return nullptr;
  if (version.empty() || version == "latest") return highest(*versions);
  const auto found = versions->find(version);
  return found == versions->end() ? nullptr : found->second;
}

}  // namespace

const RepositoryOffers* Catalog::repository(const std::string& name) const {
  for (const auto& repository : repositories_) {
    if (repository->name == name) return repository.get();
  }
  return nullptr;
}

OfferPtr Catalog::find(const std::string& repo, const std::string& name,
                       const std::string& version) const {
  if (!repo.empty()) {
    const auto* named = repository(repo);
    return named == nullptr ? nullptr : offer_in(*named, name, version);
  }
  for (auto candidate = repositories_.rbegin(); candidate != repositories_.rend(); ++candidate) {
    if (auto offer = offer_in(**candidate, name, version)) return offer;
  }
  return nullptr;
}

std::vector<std::string> Catalog::versions(const std::string& name) const {
  std::set<std::string> left;
  for (const auto& repository : repositories_) {
    if (const Versions* there = versions_of(*repository, name)) {
      for (auto& version : sound(*there)) left.insert(std::move(version));
    }
  }
  // The order is not transitive, so no sort may have it: take the highest of what is left, again
  // and again. A repository may offer a thousand versions at most.
  std::vector<std::string> ordered;
  while (!left.empty()) {
    ordered.push_back(package::latest({left.begin(), left.end()}));
    left.erase(ordered.back());
  }
  return ordered;
}

}  // namespace town

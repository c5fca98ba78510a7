#include "engine/repositories/catalog.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "engine/package/nearest.h"
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

/// Of all packages that anybody offers.
std::vector<std::string_view> names_of(
    const std::vector<std::shared_ptr<const RepositoryOffers>>& repositories) {
  std::vector<std::string_view> names;
  for (const auto& repository : repositories) {
    for (const auto& [name, versions] : repository->packages) names.push_back(name);
  }
  return names;
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

std::string Catalog::why_not(const std::string& repo, const std::string& name,
                             const std::string& version) const {
  constexpr std::size_t kShownVersions = 5;
  const auto* named = repo.empty() ? nullptr : repository(repo);
  if (!repo.empty() && named == nullptr) return "there is no repository called " + repo;
  const auto who = repo.empty() ? std::string("no repository") : "the repository " + repo;
  const auto unread = [](const RepositoryOffers* offers) {
    return offers != nullptr && offers->packages.empty() && !offers->error.empty();
  };
  if (unread(named)) return who + " could not be read yet: " + named->error;
  auto there = versions(name);
  if (named != nullptr) {
    const auto* own = versions_of(*named, name);
    std::erase_if(there, [own](const auto& one) { return own == nullptr || !own->contains(one); });
  }
  if (there.empty()) {
    const auto near = package::nearest(name, names_of(repositories_));
    return who + (repo.empty() ? " offers " : " offers no ") + name +
           (near.empty() || near == name ? "" : "; did you mean " + std::string(near) + "?");
  }
  if (there.size() > kShownVersions) there.resize(kShownVersions);
  return who + (repo.empty() ? " offers " : " offers no ") + name + " " + version + "; there is " +
         fmt::format("{}", fmt::join(there, ", "));
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

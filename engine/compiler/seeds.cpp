#include "engine/compiler/seeds.h"

#include "engine/git/url.h"

namespace town {
namespace {

/// Credentials are taken out of the address, so that it can be shown.
SeedSpec git_seed(const std::string& url, const std::string& branch, const std::string& field,
                  Diagnostics& faults) {
  SeedSpec seed{.from = "git", .source = url, .branch = branch};
  try {
    auto parsed = parse_repository_url(url);
    seed.source = std::move(parsed.url_without_credentials);
    seed.username = std::move(parsed.username);
    seed.password = std::move(parsed.password);
  } catch (const InvalidInput& error) {
    for (const auto& fault : error.faults()) faults.push_back({field, fault.message, fault.line});
  }
  return seed;
}

}  // namespace

std::map<std::string, std::vector<SeedSpec>> seeds_of(const package::ResolvedPackage& package,
                                                      Diagnostics& faults) {
  std::map<std::string, std::vector<SeedSpec>> seeds;
  if (package.runtime != package::Runtime::container) return seeds;
  for (const auto& volume : package.volumes) {
    if (volume.archive.empty()) continue;
    seeds[volume.name].push_back({.from = "archive", .source = volume.archive});
  }
  for (const auto& archive : package.archives) {
    seeds[archive.volume].push_back(
        {.from = "image", .source = archive.image, .directory = archive.directory});
  }
  for (const auto& volume : package.volumes) {
    if (volume.git.empty()) continue;
    seeds[volume.name].push_back(
        git_seed(volume.git, "", "volumes." + volume.name + ".git", faults));
  }
  for (std::size_t i = 0; i < package.git_sources.size(); ++i) {
    const auto& source = package.git_sources[i];
    seeds[source.volume].push_back(
        git_seed(source.url, source.branch, "git_sources[" + std::to_string(i) + "].url", faults));
  }
  return seeds;
}

}  // namespace town

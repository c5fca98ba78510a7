#include "engine/admission/kept_volumes.h"

#include <algorithm>

#include "engine/package/names.h"

namespace town {

std::vector<KeptVolume> kept_volumes(const Draft& draft, const std::string& repo,
                                     const std::string& storage) {
  const auto prefix = "uninstalled/" + repo + "/" + storage + "/";
  std::vector<KeptVolume> kept;
  for (auto& [key, spec] : draft.all(Kind::volume)) {
    auto& volume = std::get<VolumeSpec>(spec);
    if (!volume.path.starts_with(prefix)) continue;
    const auto rest = volume.path.substr(prefix.size());
    const auto slash = rest.find('/');
    if (slash == std::string::npos || rest.find('/', slash + 1) != std::string::npos) continue;
    auto last = rest.substr(slash + 1);
    last = last.substr(0, last.find('~'));
    kept.push_back({key, volume, rest.substr(0, slash), last});
  }
  return kept;
}

std::vector<Key> all_kept_volumes(const Draft& draft, const std::string& repo,
                                  const std::string& name) {
  const auto prefix = "uninstalled/" + repo + "/" + name + "/";
  std::vector<Key> kept;
  for (const auto& [key, spec] : draft.all(Kind::volume)) {
    if (key.name.starts_with(prefix)) kept.push_back(key);
  }
  return kept;
}

void keep_volume(Draft& draft, const PackageSpec& package, const std::vector<std::string>& keys,
                 const std::string& version, const std::string& volume, const VolumeSpec& spec) {
  auto kept = spec;
  kept.clone_of.clear();
  kept.kept = 1;
  for (const auto& [other, declared] : draft.all(Kind::volume)) {
    kept.kept = std::max(kept.kept, std::get<VolumeSpec>(declared).kept + 1);
  }
  kept.files.clear();
  kept.seeds.clear();
  kept.path = package::uninstalled_path(package.repo, package::storage_path(package.name, keys),
                                        version, volume);
  const auto path = kept.path;
  // What was set aside earlier and not taken back stays where it is; what is leaving has not left.
  const auto taken = [&](const Key& place) {
    return draft.find<VolumeSpec>(place) != nullptr || draft.being_cleared(place, kept.id);
  };
  for (int i = 2; taken({Kind::volume, kept.path}); ++i) {
    kept.path = path + "~" + std::to_string(i);
  }
  const Key key{Kind::volume, kept.path};
  draft.about(key);
  draft.put(key, std::move(kept));
}

}  // namespace town

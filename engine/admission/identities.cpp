#include "engine/admission/identities.h"

#include <algorithm>

#include "engine/admission/kept_volumes.h"
#include "engine/compiler/parts.h"
#include "engine/package/names.h"
#include "engine/package/version.h"
#include "state/digest.h"

namespace town {
namespace {

using package::Tree;

constexpr std::size_t kIdBytes = 12;

/// The maps of `spec` that hold what was decided about the part at `keys`.
struct Decisions {
  std::map<std::string, std::string>& ids;
  std::map<std::string, std::string>& clones;
  std::map<std::string, std::uint64_t>& quotas;
};

Decisions decisions(PackageSpec& spec, const std::vector<std::string>& keys) {
  if (keys.empty()) return {spec.volume_ids, spec.clone_of, spec.quotas};
  MemberSpec& member = spec.members[part_name(keys)];
  return {member.volume_ids, member.clone_of, member.quotas};
}

/// What was set aside for this part, the latest first. For an app that is installed it counts
/// unasked: another version may have set it aside, and going back must bring it back.
std::vector<KeptVolume> candidates(const Install& request, const Draft& draft,
                                   const PackageSpec* installed, const PackageSpec& wanted,
                                   const Tree& tree) {
  if (!installed && !request.reuse_volumes && request.import_from_version.empty()) return {};
  auto kept = kept_volumes(draft, wanted.repo, package::storage_path(wanted.name, tree.keys));
  std::stable_sort(kept.begin(), kept.end(), [&](const KeptVolume& a, const KeptVolume& b) {
    if (a.spec.kept != b.spec.kept) return a.spec.kept > b.spec.kept;
    return package::compare_versions(a.version, b.version) > 0;
  });
  return kept;
}

/// The version to import from is the package's own; what it brings along has versions of its own.
bool importable(const Install& request, const KeptVolume& candidate, const Tree& tree) {
  return !tree.keys.empty() || candidate.version == request.import_from_version;
}

/// Somebody who names the data to begin with must not get an app without any.
void require_import(const Install& request, const PackageSpec* installed,
                    const std::vector<KeptVolume>& kept, const std::string& name) {
  const auto& from = request.import_from_version;
  if (from.empty() || (installed && installed->version == from)) return;
  std::set<std::string> versions;
  for (const auto& volume : kept) versions.insert(volume.version);
  if (versions.contains(from)) return;
  std::string offered;
  for (const auto& version : versions) offered += (offered.empty() ? "" : ", ") + version;
  throw Error(Code::not_found, "NoSuchData",
              "no data of " + name + " " + from + " is kept to begin with" +
                  (offered.empty() ? "" : "; there is that of " + offered));
}

void decide(const Install& request, Draft& draft, const std::vector<KeptVolume>& kept,
            const std::string& volume, const Tree& tree, Decisions& decided) {
  decided.ids[volume] = random_hex(kIdBytes);
  for (const auto& candidate : kept) {
    if (candidate.volume != volume) continue;
    if (!request.import_from_version.empty()) {
      if (!importable(request, candidate, tree)) continue;
      decided.clones[volume] = candidate.spec.id;
    } else {
      decided.ids[volume] = candidate.spec.id;
      draft.say("with the data that was kept at " + candidate.spec.path);
      draft.remove(candidate.key);
    }
    break;
  }
}

/// Only what exists is kept. What was there once and is not any more is told of. What never was may
/// just be being made: that goes again.
bool worth_keeping(Draft& draft, const Key& path, const std::string& volume,
                   const VolumeSpec& spec) {
  if (draft.on_disk(spec.id)) return true;
  const auto status = draft.status(path);
  const auto* trouble = status.find(ConditionType::degraded);
  const auto made = status.facts.find(kVolumeMade);
  if (made == status.facts.end() || made->second != spec.id) {
    draft.purge(path);
    return false;
  }
  auto message = "the data at " + spec.path + " is gone from the disk: nothing of it is kept";
  if (trouble != nullptr && trouble->since != Time{}) {
    message += ". It was missed first at " + to_rfc3339(trouble->since);
  }
  draft.say(message);
  draft.warn({"volumes." + volume, std::move(message), 0});
  return false;
}

/// Every volume of the package and of what it brings along: (keys, version, volume, id).
template <typename F>
void each_volume(const PackageSpec& spec, F&& visit) {
  for (const auto& [volume, id] : spec.volume_ids) {
    visit(std::vector<std::string>{}, spec.version, volume, id);
  }
  for (const auto& [name, member] : spec.members) {
    std::vector<std::string> keys;
    for (std::size_t at = 0; at <= name.size();) {
      const auto end = std::min(name.find('/', at), name.size());
      keys.push_back(name.substr(at, end - at));
      at = end + 1;
    }
    for (const auto& [volume, id] : member.volume_ids) visit(keys, member.version, volume, id);
  }
}

}  // namespace

void give_identities(const Install& request, Draft& draft, const Tree& tree,
                     const PackageSpec* installed, PackageSpec& wanted) {
  const auto before = installed ? part_of(*installed, tree.keys) : std::nullopt;
  const auto kept = candidates(request, draft, installed, wanted, tree);
  if (tree.keys.empty()) require_import(request, installed, kept, wanted.name);
  auto decided = decisions(wanted, tree.keys);
  for (const auto& [volume, declaration] : tree.compiled.definition.volumes) {
    if (before && before->volume_ids.contains(volume)) {
      decided.ids[volume] = before->volume_ids.at(volume);
      if (before->clone_of.contains(volume)) {
        decided.clones[volume] = before->clone_of.at(volume);
      }
      if (before->quotas.contains(volume)) decided.quotas[volume] = before->quotas.at(volume);
    } else {
      decide(request, draft, kept, volume, tree, decided);
    }
    const auto path = volume_path(wanted, tree.keys, tree.compiled.package.version, volume);
    draft.require_clear({Kind::volume, path}, decided.ids.at(volume));
  }
  for (const auto& [key, child] : tree.dependencies) {
    give_identities(request, draft, child, installed, wanted);
  }
}

void keep_dropped(Draft& draft, const PackageSpec& installed, const PackageSpec& wanted) {
  std::set<std::string> used;
  each_volume(wanted,
              [&](const auto&, const auto&, const auto&, const auto& id) { used.insert(id); });
  each_volume(installed,
              [&](const auto& keys, const auto& version, const auto& volume, const auto& id) {
                if (used.contains(id)) return;
                const Key path{Kind::volume, volume_path(installed, keys, version, volume)};
                const auto* spec = draft.graph().spec<VolumeSpec>(path);
                if (spec != nullptr && worth_keeping(draft, path, volume, *spec)) {
                  keep_volume(draft, installed, keys, version, volume, *spec);
                }
              });
}

void release_volumes(Draft& draft, const PackageSpec& spec, bool purge) {
  each_volume(spec, [&](const auto& keys, const auto& version, const auto& volume, const auto&) {
    const Key path{Kind::volume, volume_path(spec, keys, version, volume)};
    const auto* derived = draft.graph().spec<VolumeSpec>(path);
    if (!derived) return;
    if (purge) {
      draft.purge(path);
    } else if (worth_keeping(draft, path, volume, *derived)) {
      keep_volume(draft, spec, keys, version, volume, *derived);
    }
  });
}

}  // namespace town

#include "engine/compiler/parts.h"

#include "engine/package/names.h"

namespace town {

std::string part_name(const std::vector<std::string>& keys) {
  std::string name;
  for (const auto& key : keys) name += (name.empty() ? "" : "/") + key;
  return name;
}

std::optional<Part> part_of(const PackageSpec& spec, const std::vector<std::string>& keys) {
  if (keys.empty()) {
    return Part{spec.repo,       spec.version,  spec.responses,
                spec.volume_ids, spec.clone_of, spec.quotas};
  }
  const auto found = spec.members.find(part_name(keys));
  if (found == spec.members.end()) return std::nullopt;
  const MemberSpec& member = found->second;
  return Part{member.repo,       member.version,  member.responses,
              member.volume_ids, member.clone_of, member.quotas};
}

std::string volume_path(const PackageSpec& spec, const std::vector<std::string>& keys,
                        const std::string& version, const std::string& volume) {
  return package::installed_path(spec.repo, package::storage_path(spec.name, keys), version,
                                 volume);
}

std::map<std::string, std::string> reveal(const std::map<std::string, Secret>& secrets) {
  std::map<std::string, std::string> plain;
  for (const auto& [name, value] : secrets) plain.emplace(name, value.reveal());
  return plain;
}

package::PackageFinder recorded_parts(const PackageSpec& spec) {
  package::PackageFinder finder;
  finder.find = [](const auto&, const auto&, const auto&) { return std::nullopt; };
  finder.recorded =
      [&spec](const std::vector<std::string>& keys) -> std::optional<package::FoundPackage> {
    const auto found = spec.members.find(part_name(keys));
    if (found == spec.members.end()) return std::nullopt;
    return package::FoundPackage{found->second.repo, found->second.version,
                                 found->second.definition};
  };
  finder.stored = [&spec](const std::vector<std::string>& keys) {
    const auto found = spec.members.find(part_name(keys));
    return found == spec.members.end() ? std::map<std::string, std::string>()
                                       : reveal(found->second.responses);
  };
  return finder;
}

}  // namespace town

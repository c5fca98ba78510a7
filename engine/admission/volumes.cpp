#include <algorithm>
#include <charconv>
#include <sstream>

#include "engine/admission/admission.h"
#include "engine/admission/kept_volumes.h"
#include "engine/words.h"
#include "state/digest.h"

namespace town {
namespace {

constexpr std::size_t kIdBytes = 12;
constexpr std::size_t kLongestName = 1024;

/// api contract 6: components of `A-Z a-z 0-9 . _ -`, none empty, "." or "..".
bool valid_name(const std::string& name) {
  if (name.empty() || name.size() > kLongestName || name.front() == '/' || name.back() == '/') {
    return false;
  }
  std::istringstream parts(name);
  for (std::string part; std::getline(parts, part, '/');) {
    if (part.empty() || part == "." || part == ".." || part.size() > 255) return false;
    if (part.front() == '-') return false;  // would be taken for an option where it is typed
    const bool plain = std::all_of(part.begin(), part.end(), [](unsigned char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '.' || c == '_' || c == '-';
    });
    if (!plain) return false;
  }
  return true;
}

/// A person's volumes lie below user/, so a reserved word could do no harm there; the contract
/// refuses them all the same, because clients show bare names.
bool reserved(const std::string& name) {
  const auto first = name.substr(0, name.find('/'));
  for (const auto* root :
       {"installed", "uninstalled", "archives", "pages", "vm-images", "user", "tls", "gfeh"}) {
    if (first == root) return true;
  }
  return false;
}

void check_name(const std::string& name) {
  if (!valid_name(name)) {
    throw InvalidInput("InvalidName",
                       {{"name",
                         "\"" + name +
                             "\" cannot be the name of a volume: use "
                             "letters, digits, dots, hyphens and underscores, with single "
                             "slashes between, no part of it beginning with a hyphen",
                         0}});
  }
  if (reserved(name)) {
    throw InvalidInput("ReservedName",
                       {{"name", "\"" + name + "\" is reserved for the box itself", 0}});
  }
}

void check_quota(std::uint64_t quota) {
  if (quota <= kLargestQuota) return;
  throw InvalidInput("InvalidQuota", {{"quota",
                                       "is more than any disk holds: give at most " +
                                           std::to_string(kLargestQuota) + " bytes",
                                       0}});
}

/// A volume may not lie inside another, nor around one: each is a subvolume with a quota of its
/// own.
void check_place(const Draft& draft, const std::string& path) {
  if (draft.find<VolumeSpec>({Kind::volume, path})) {
    throw Error(Code::conflict, "VolumeExists",
                "there is already a volume called " + path.substr(5));
  }
  for (const auto& [key, spec] : draft.all(Kind::volume)) {
    const auto& other = std::get<VolumeSpec>(spec).path;
    if (other.starts_with(path + "/") || path.starts_with(other + "/")) {
      throw Error(Code::conflict, "VolumeNested",
                  path.substr(5) + " and " + other.substr(5) + " would lie inside each other");
    }
  }
}

std::uint64_t default_quota(const Draft& draft) {
  const auto text = draft.setting("default_quota");
  std::uint64_t bytes = 0;
  std::from_chars(text.data(), text.data() + text.size(), bytes);
  return bytes;
}

/// Sets the quota where the volume with this id is; false where these have no such volume.
bool set_quota(const std::map<std::string, std::string>& ids,
               std::map<std::string, std::uint64_t>& quotas, const std::string& id,
               std::uint64_t quota) {
  const auto volume =
      std::find_if(ids.begin(), ids.end(), [&](const auto& entry) { return entry.second == id; });
  if (volume == ids.end()) return false;
  quotas[volume->first] = quota;
  return true;
}

/// The volume belongs to a package, or to something that one brings along.
void change_package_quota(const ModifyVolume& request, const Resource& resource, Draft& draft) {
  auto spec = *draft.find<PackageSpec>(*resource.owner);
  const auto& id = std::get<VolumeSpec>(resource.spec).id;
  bool found = set_quota(spec.volume_ids, spec.quotas, id, request.quota);
  for (auto& [name, member] : spec.members) {
    found = set_quota(member.volume_ids, member.quotas, id, request.quota) || found;
  }
  if (!found) {
    throw Error(Code::not_found, "VolumeNotFound", "there is no volume at " + request.path);
  }
  draft.put(*resource.owner, std::move(spec));
}

}  // namespace

void admit(const CreateVolume& request, Draft& draft) {
  check_name(request.name);
  check_quota(request.quota);
  VolumeSpec spec;
  spec.path = "user/" + request.name;
  check_place(draft, spec.path);
  require_room(draft);
  spec.id = random_hex(kIdBytes);
  draft.require_clear({Kind::volume, spec.path}, spec.id);
  spec.quota = request.quota == 0 ? default_quota(draft) : request.quota;
  const Key key{Kind::volume, spec.path};
  draft.say("create volume " + request.name + ", " + size_words(spec.quota));
  draft.about(key);
  draft.put(key, std::move(spec));
}

void admit(const ModifyVolume& request, Draft& draft) {
  check_quota(request.quota);
  const Key key{Kind::volume, request.path};
  const bool renamed = !request.new_path.empty() && request.new_path != request.path;
  const bool user = request.path.starts_with("user/");
  if (renamed && !user) {
    throw InvalidInput("NotRenamable", {{"name", "the volume of an app cannot be renamed", 0}});
  }
  const auto resource = draft.graph().find(key);
  const auto* declared = draft.find<VolumeSpec>(key);
  if (!declared && (!resource || resource->deleting || !resource->owner)) {
    throw Error(Code::not_found, "VolumeNotFound", "there is no volume at " + request.path);
  }
  draft.about(key);
  if (!declared) {
    change_package_quota(request, *resource, draft);
  } else {
    auto spec = *declared;
    spec.quota = request.quota;
    if (renamed) {
      check_name(request.new_path.substr(std::min<std::size_t>(5, request.new_path.size())));
      draft.remove(key);
      check_place(draft, request.new_path);
      draft.require_clear({Kind::volume, request.new_path}, spec.id);
      spec.path = request.new_path;
    }
    draft.put({Kind::volume, spec.path}, spec);
  }
  draft.say("set the quota of " + request.path + " to " + size_words(request.quota) +
            (renamed ? " and rename it to " + request.new_path : ""));
}

void admit(const RemoveVolume& request, Draft& draft) {
  const Key key{Kind::volume, request.path};
  if (!draft.find<VolumeSpec>(key)) {
    const auto derived = draft.graph().find(key);
    if (derived && !derived->deleting) {
      throw InvalidInput("VolumeInUse", {{"name",
                                          request.path + " belongs to an installed app: "
                                                         "uninstall the app instead",
                                          0}});
    }
    throw Error(Code::not_found, "VolumeNotFound", "there is no volume at " + request.path);
  }
  draft.say("destroy volume " + request.path + " and all that is in it");
  draft.about(key);
  draft.purge(key);
}

void admit(const PurgeVolumes& request, Draft& draft) {
  const Key package{Kind::package, request.repo + "/" + request.name};
  if (request.installed && draft.find<PackageSpec>(package)) {
    throw Error(Code::conflict, "StillInstalled",
                request.name +
                    " is installed and uses its data: uninstall it first, or uninstall it "
                    "with its data in one step");
  }
  draft.about(package);
  for (const auto& kept : all_kept_volumes(draft, request.repo, request.name)) {
    draft.say("destroy volume " + kept.name + " and all that is in it");
    draft.purge(kept);
  }
}

}  // namespace town

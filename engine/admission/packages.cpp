#include <algorithm>

#include "engine/admission/admission.h"
#include "engine/admission/kept_volumes.h"
#include "engine/admission/unsupported.h"
#include "engine/package/answers.h"
#include "engine/package/names.h"
#include "engine/package/version.h"
#include "state/digest.h"

namespace town {
namespace {

constexpr std::size_t kIdBytes = 12;

std::map<std::string, std::string> reveal(const std::map<std::string, Secret>& secrets) {
  std::map<std::string, std::string> plain;
  for (const auto& [name, value] : secrets) plain.emplace(name, value.reveal());
  return plain;
}

/// The definition to install: the catalog's, or what the box itself keeps of the installed one.
OfferPtr find_offer(const Install& request, const Draft& draft) {
  const auto offer = draft.catalog().find(request.repo, request.package, request.version);
  if (!offer) {
    const auto version = request.version.empty() ? "" : " " + request.version;
    throw Error(Code::not_found, "PackageNotFound",
                "no repository" + (request.repo.empty() ? "" : " called " + request.repo) +
                    " offers " + request.package + version +
                    ". Refresh the repositories, or choose one of the packages they list");
  }
  if (!offer->faults.empty()) throw InvalidInput("InvalidPackage", offer->faults);
  const auto missing = unsupported(offer->definition);
  if (!missing.empty()) throw InvalidInput("NotSupportedYet", missing);
  return offer;
}

std::string effective_name(const Install& request) {
  const auto name =
      request.instance.empty() ? request.package : request.package + "-" + request.instance;
  if (!package::valid_package_name(name)) {
    throw InvalidInput("InvalidName", {{request.instance.empty() ? "name" : "instance",
                                        "\"" + name +
                                            "\" cannot be the name of an app: use letters, "
                                            "digits, dots, hyphens and underscores",
                                        0}});
  }
  return name;
}

package::Answered fill_answers(const Install& request, const Draft& draft, const Offer& offer,
                               const std::string& name, const PackageSpec* installed) {
  package::AnswerContext context;
  context.package_name = name;
  context.given = request.responses;
  if (installed) context.installed = reveal(installed->responses);
  const auto* last = draft.find<AnswersSpec>({Kind::answers, offer.repo + "/" + name});
  if (last && request.reuse_volumes && !request.skip_response_reuse) {
    context.last = reveal(last->responses);
  }
  context.free_port = [&](const std::set<std::uint16_t>& avoid) { return draft.free_port(avoid); };
  context.random_hex = random_hex;
  auto answered = package::answer(offer.definition, context);
  if (!answered.faults.empty()) {
    Diagnostics faults;
    for (const auto& [question, fault] : answered.faults) {
      faults.push_back({"responses." + question, fault, 0});
    }
    throw InvalidInput("InvalidAnswers", std::move(faults));
  }
  return answered;
}

/// Volumes of the new version begin with what is there under the same name: that of the installed
/// version, else one that was set aside (of the same version first, then the newest), else empty.
void give_identities(const Install& request, Draft& draft, const Offer& offer,
                     const PackageSpec* installed, PackageSpec& wanted) {
  auto kept = request.reuse_volumes || !request.import_from_version.empty()
                  ? kept_volumes(draft, wanted.repo, wanted.name)
                  : std::vector<KeptVolume>{};
  std::stable_sort(kept.begin(), kept.end(), [&](const KeptVolume& a, const KeptVolume& b) {
    const bool same_a = a.version == wanted.version;
    const bool same_b = b.version == wanted.version;
    return same_a != same_b ? same_a : package::compare_versions(a.version, b.version) > 0;
  });
  for (const auto& [volume, declaration] : offer.definition.volumes) {
    if (installed && installed->volume_ids.contains(volume)) {
      wanted.volume_ids[volume] = installed->volume_ids.at(volume);
      if (installed->clone_of.contains(volume)) {
        wanted.clone_of[volume] = installed->clone_of.at(volume);
      }
      if (installed->quotas.contains(volume)) wanted.quotas[volume] = installed->quotas.at(volume);
      continue;
    }
    wanted.volume_ids[volume] = random_hex(kIdBytes);
    for (const auto& candidate : kept) {
      if (candidate.volume != volume) continue;
      if (!request.import_from_version.empty()) {
        if (candidate.version != request.import_from_version) continue;
        wanted.clone_of[volume] = candidate.spec.id;
      } else {
        wanted.volume_ids[volume] = candidate.spec.id;
        draft.remove(candidate.key);
      }
      break;
    }
  }
  for (const auto& [volume, id] : wanted.volume_ids) {
    const auto path = package::installed_path(wanted.repo, package::storage_path(wanted.name),
                                              wanted.version, volume);
    draft.require_clear({Kind::volume, path}, id);
  }
}

/// What the new version has no place for is set aside, not lost.
void keep_dropped(Draft& draft, const PackageSpec& installed, const PackageSpec& wanted) {
  for (const auto& [volume, id] : installed.volume_ids) {
    if (wanted.volume_ids.contains(volume)) continue;
    const auto path = package::installed_path(installed.repo, package::storage_path(installed.name),
                                              installed.version, volume);
    if (const auto* spec = draft.graph().spec<VolumeSpec>({Kind::volume, path})) {
      keep_volume(draft, installed, volume, *spec);
    }
  }
}

const PackageSpec& installed_package(const Draft& draft, const std::string& repo,
                                     const std::string& name) {
  const auto* spec = draft.find<PackageSpec>({Kind::package, repo + "/" + name});
  if (!spec) {
    throw Error(Code::not_found, "NotInstalled", name + " from " + repo + " is not installed");
  }
  return *spec;
}

}  // namespace

void admit(const Install& request, Draft& draft) {
  const auto name = effective_name(request);
  const auto offer = find_offer(request, draft);
  const Key key{Kind::package, offer->repo + "/" + name};
  const auto* installed = draft.find<PackageSpec>(key);

  PackageSpec wanted;
  wanted.repo = offer->repo;
  wanted.package = offer->name;
  wanted.name = name;
  wanted.version = offer->version;
  wanted.track_latest = request.track_latest;
  wanted.definition = offer->text;
  wanted.digest = offer->digest;
  for (const auto& [question, value] :
       fill_answers(request, draft, *offer, name, installed).answers) {
    wanted.responses.emplace(question, Secret(value));
  }
  give_identities(request, draft, *offer, installed, wanted);
  if (installed) {
    wanted.enabled = installed->enabled;
    wanted.stopped = installed->stopped;
    wanted.restarts = installed->restarts;
    keep_dropped(draft, *installed, wanted);
    if (installed->version != wanted.version) {
      draft.say("upgrade " + key.name + " from " + installed->version + " to " + wanted.version);
    } else if (!(*installed == wanted)) {
      draft.say("change " + key.name + " " + wanted.version);
    }
  } else {
    draft.say("install " + key.name + " " + wanted.version);
  }
  for (const auto& warning : offer->warnings) draft.warn(warning);
  const Key answers{Kind::answers, key.name};
  if (draft.find<AnswersSpec>(answers)) draft.remove(answers);
  draft.about(key);
  draft.put(key, std::move(wanted));
}

void admit(const Uninstall& request, Draft& draft) {
  const auto spec = installed_package(draft, request.repo, request.name);
  if (!request.version.empty() && request.version != spec.version) {
    throw Error(
        Code::not_found, "NotInstalled",
        request.name + " " + request.version + " is not installed; " + spec.version + " is");
  }
  const Key key{Kind::package, spec.repo + "/" + spec.name};
  for (const auto& [volume, id] : spec.volume_ids) {
    const Key path{
        Kind::volume,
        package::installed_path(spec.repo, package::storage_path(spec.name), spec.version, volume)};
    const auto* derived = draft.graph().spec<VolumeSpec>(path);
    if (!derived) continue;
    if (request.purge_volumes) {
      draft.purge(path);
    } else {
      keep_volume(draft, spec, volume, *derived);
    }
  }
  draft.put({Kind::answers, key.name}, AnswersSpec{spec.responses});
  draft.say("uninstall " + key.name + " " + spec.version +
            (request.purge_volumes ? " and destroy its data" : ", keeping its data"));
  draft.about(key);
  draft.remove(key);
}

void admit(const SwitchPackage& request, Draft& draft) {
  auto spec = installed_package(draft, request.repo, request.name);
  const auto before = spec;
  if (request.enabled) spec.enabled = *request.enabled;
  if (request.stopped) spec.stopped = *request.stopped;
  if (request.restart) {
    ++spec.restarts;
    spec.stopped = false;
  }
  const Key key{Kind::package, spec.repo + "/" + spec.name};
  if (request.restart) draft.say("restart " + key.name);
  if (before.enabled != spec.enabled) draft.say((spec.enabled ? "enable " : "disable ") + key.name);
  if (!request.restart && before.stopped != spec.stopped) {
    draft.say((spec.stopped ? "stop " : "start ") + key.name);
  }
  draft.about(key);
  draft.put(key, std::move(spec));
}

void admit(const ClearAnswers& request, Draft& draft) {
  const Key key{Kind::answers, request.repo + "/" + request.name};
  draft.about(key);
  if (!draft.find<AnswersSpec>(key)) return;
  draft.say("forget the kept answers of " + key.name);
  draft.remove(key);
}

}  // namespace town

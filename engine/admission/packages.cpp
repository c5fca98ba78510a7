#include "engine/admission/admission.h"
#include "engine/admission/identities.h"

namespace town {
namespace {

const PackageSpec& installed_package(const Draft& draft, const std::string& repo,
                                     const std::string& name) {
  const auto* spec = draft.find<PackageSpec>({Kind::package, repo + "/" + name});
  if (!spec) {
    throw Error(Code::not_found, "NotInstalled", name + " from " + repo + " is not installed");
  }
  return *spec;
}

}  // namespace

void admit(const Uninstall& request, Draft& draft) {
  const auto spec = installed_package(draft, request.repo, request.name);
  if (!request.version.empty() && request.version != spec.version) {
    throw Error(
        Code::not_found, "NotInstalled",
        request.name + " " + request.version + " is not installed; " + spec.version + " is");
  }
  const Key key{Kind::package, spec.repo + "/" + spec.name};
  release_volumes(draft, spec, request.purge_volumes);
  AnswersSpec answers{spec.responses, spec.former};
  for (const auto& [name, member] : spec.members) answers.members[name] = member.responses;
  draft.put({Kind::answers, key.name}, std::move(answers));
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

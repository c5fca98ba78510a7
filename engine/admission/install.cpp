#include <algorithm>
#include <set>

#include "engine/admission/admission.h"
#include "engine/admission/facts.h"
#include "engine/admission/identities.h"
#include "engine/admission/unsupported.h"
#include "engine/admission/warnings.h"
#include "engine/compiler/attach.h"
#include "engine/compiler/parts.h"
#include "engine/package/names.h"
#include "engine/package/tree.h"
#include "engine/package/version.h"
#include "state/digest.h"

namespace town {
namespace {

using package::Tree;

constexpr std::size_t kInstallationBytes = 8;

/// The box's own copy of what is installed: its answers can be changed when its repository is gone.
OfferPtr own_copy(const Install& request, const Draft& draft) {
  for (const auto& [key, declared] : draft.all(Kind::package)) {
    const auto& spec = std::get<PackageSpec>(declared);
    const bool same_name =
        spec.package == request.package &&
        spec.name == request.package + (request.instance.empty() ? "" : "-" + request.instance);
    const bool same_version =
        request.version.empty() || request.version == "latest" || request.version == spec.version;
    if (!same_name || !same_version || (!request.repo.empty() && request.repo != spec.repo)) {
      continue;
    }
    auto parsed = package::parse_definition(spec.definition);
    return std::make_shared<const Offer>(Offer{spec.repo,
                                               spec.package,
                                               spec.version,
                                               spec.definition,
                                               spec.digest,
                                               std::move(parsed.definition),
                                               std::move(parsed.faults),
                                               {}});
  }
  return nullptr;
}

/// The definition to install.
OfferPtr find_offer(const Install& request, const Draft& draft) {
  auto offer = draft.catalog().find(request.repo, request.package, request.version);
  if (!offer) offer = own_copy(request, draft);
  if (!offer) {
    throw Error(Code::not_found, "PackageNotFound",
                draft.catalog().why_not(request.repo, request.package, request.version) +
                    ". Refresh the repositories, or choose one of the packages they list");
  }
  if (!offer->faults.empty()) throw InvalidInput("InvalidPackage", offer->faults);
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

/// The answers that an uninstall left, where they shall be used again.
const AnswersSpec* last_answers(const Install& request, const Draft& draft, const Key& package) {
  if (!request.reuse_volumes || request.skip_response_reuse) return nullptr;
  return draft.find<AnswersSpec>({Kind::answers, package.name});
}

package::AnswerContext answer_context(const Install& request, const Draft& draft,
                                      const std::string& name, const PackageSpec* installed,
                                      const AnswersSpec* last) {
  package::AnswerContext context;
  context.package_name = name;
  context.given = request.responses;
  if (installed) context.installed = reveal(installed->responses);
  if (last) context.last = reveal(last->responses);
  context.free_port = [&draft](const std::set<std::uint16_t>& avoid) {
    return draft.free_port(avoid);
  };
  context.random_hex = random_hex;
  return context;
}

/// Where dependencies come from (package format 10.1): the chosen repository, and only where that
/// does not have the name at all, whoever has. Those of the very file that is installed already
/// stay as they were found then.
package::PackageFinder finder(const Draft& draft, const Offer& offer, const PackageSpec* installed,
                              const AnswersSpec* last) {
  package::PackageFinder finder;
  finder.find = [&draft](const std::string& repo, const std::string& name,
                         const std::string& version) -> std::optional<package::FoundPackage> {
    auto found = draft.catalog().find(repo, name, version);
    if (!found && !draft.catalog().find(repo, name, "")) {
      found = draft.catalog().find("", name, version);
    }
    if (!found) return std::nullopt;
    return package::FoundPackage{found->repo, found->version, found->text};
  };
  const bool same_file = installed && installed->digest == offer.digest;
  if (same_file) finder.recorded = recorded_parts(*installed).recorded;
  finder.stored = [installed, last](const std::vector<std::string>& keys) {
    const auto part = installed ? part_of(*installed, keys) : std::nullopt;
    if (part) return reveal(part->responses);
    if (installed && installed->former.contains(part_name(keys))) {
      return reveal(installed->former.at(part_name(keys)));
    }
    if (!last) return std::map<std::string, std::string>();
    const auto kept = last->members.find(part_name(keys));
    return kept == last->members.end() ? std::map<std::string, std::string>()
                                       : reveal(kept->second);
  };
  return finder;
}

/// What cannot be run, of the package and of all that it brings along.
void refuse_unsupported(const Tree& tree, Diagnostics& missing) {
  for (auto fault : unsupported(tree.compiled.definition)) {
    if (!tree.keys.empty()) {
      fault.message = part_name(tree.keys) + " (" + tree.source + "): " + fault.message;
      fault.field = "dependencies." + tree.keys.front();
    }
    missing.push_back(std::move(fault));
  }
  for (const auto& [key, child] : tree.dependencies) refuse_unsupported(child, missing);
}

void refuse_faults(const Tree& tree) {
  const auto& faults = tree.compiled.faults;
  if (!faults.empty()) {
    const bool answers = std::any_of(faults.begin(), faults.end(), [](const Diagnostic& fault) {
      return fault.field.starts_with("responses.");
    });
    throw InvalidInput(answers ? "InvalidAnswers" : "InvalidPackage", faults);
  }
  Diagnostics missing;
  refuse_unsupported(tree, missing);
  if (!missing.empty()) throw InvalidInput("NotSupportedYet", std::move(missing));
}

/// An install begins with all that it asks for (package format 3.11).
void refuse_missing_attachments(const Tree& tree, const Draft& draft) {
  const auto find = [&draft](const Key& key) { return draft.find<PackageSpec>(key); };
  auto faults = missing_attachments(tree.compiled.package, find);
  if (!faults.empty()) throw InvalidInput("InvalidAnswers", std::move(faults));
  for (const auto& [key, child] : tree.dependencies) refuse_missing_attachments(child, draft);
}

/// The answers of the package and of all that it brings along, as they are to be kept.
void take_answers(const Tree& tree, PackageSpec& wanted) {
  auto* answers = &wanted.responses;
  if (!tree.keys.empty()) {
    MemberSpec& member = wanted.members[part_name(tree.keys)];
    member.repo = tree.compiled.package.repo;
    member.package = tree.source;
    member.version = tree.compiled.package.version;
    member.definition = tree.text;
    answers = &member.responses;
  }
  for (const auto& [question, value] : tree.compiled.answered.answers) {
    answers->emplace(question, Secret(value));
  }
  for (const auto& [key, child] : tree.dependencies) take_answers(child, wanted);
}

/// What was brought along and is not any more may come back, to the same data.
void keep_answers(const PackageSpec& installed, PackageSpec& wanted) {
  wanted.former = installed.former;
  for (const auto& [name, member] : installed.members) wanted.former[name] = member.responses;
  for (const auto& [name, member] : wanted.members) wanted.former.erase(name);
}

bool runs_commands(const Tree& tree) {
  const auto injects = [](const auto& entry) { return !entry.second.post_install.empty(); };
  const auto& package = tree.compiled.package;
  return !package.post_install.empty() ||
         std::any_of(package.dependencies.begin(), package.dependencies.end(), injects) ||
         std::any_of(tree.dependencies.begin(), tree.dependencies.end(),
                     [](const auto& entry) { return runs_commands(entry.second); });
}

/// Another number for each install that changes anything, where commands are run after one.
void number_installation(const Tree& tree, const PackageSpec* installed, PackageSpec& wanted) {
  if (!runs_commands(tree)) return;
  if (installed) wanted.installation = installed->installation;
  const bool same = installed && !wanted.installation.empty() && *installed == wanted;
  if (!same) wanted.installation = random_hex(kInstallationBytes);
}

void say_what(Draft& draft, const Key& key, const PackageSpec* installed,
              const PackageSpec& wanted) {
  if (!installed) {
    draft.say("install " + key.name + " " + wanted.version);
  } else if (installed->version != wanted.version) {
    const bool back = package::compare_versions(installed->version, wanted.version) > 0;
    draft.say((back ? "take back " : "upgrade ") + key.name + " from " + installed->version +
              " to " + wanted.version);
  } else if (!(*installed == wanted)) {
    draft.say("change " + key.name + " " + wanted.version);
  }
  for (const auto& [name, member] : wanted.members) {
    const bool there = installed && installed->members.contains(name);
    if (!there) draft.say("with " + member.package + " " + member.version + " as " + name);
  }
}

}  // namespace

void admit(const Install& request, Draft& draft) {
  const auto name = effective_name(request);
  const auto offer = find_offer(request, draft);
  const Key key{Kind::package, offer->repo + "/" + name};
  const auto* installed = draft.find<PackageSpec>(key);
  const auto* last = last_answers(request, draft, key);
  const auto tree = package::compile_tree(
      offer->name, offer->text, answer_context(request, draft, name, installed, last),
      resolve_context(facts_of(draft), offer->repo, name, offer->version),
      finder(draft, *offer, installed, last));
  refuse_faults(tree);
  refuse_missing_attachments(tree, draft);

  PackageSpec wanted;
  wanted.repo = offer->repo;
  wanted.package = offer->name;
  wanted.name = name;
  wanted.version = offer->version;
  wanted.track_latest = request.track_latest;
  wanted.definition = offer->text;
  wanted.digest = offer->digest;
  take_answers(tree, wanted);
  give_identities(request, draft, tree, installed, wanted);
  if (installed) {
    wanted.enabled = installed->enabled;
    wanted.stopped = installed->stopped;
    wanted.restarts = installed->restarts;
    keep_answers(*installed, wanted);
    keep_dropped(draft, *installed, wanted);
  }
  // New answers to what is there may be part of the cure; what is new needs room.
  if (!installed || installed->version != wanted.version) require_room(draft);
  number_installation(tree, installed, wanted);
  say_what(draft, key, installed, wanted);
  warn_of_install(request, draft, tree, installed, wanted);
  const Key answers{Kind::answers, key.name};
  if (draft.find<AnswersSpec>(answers)) draft.remove(answers);
  draft.about(key);
  draft.put(key, std::move(wanted));
}

}  // namespace town

// The catalogue: what could be installed, and what that would mean.
#include "api/packages.h"

#include <nlohmann/json.hpp>

#include "api/fields.h"
#include "api/listing.h"
#include "api/plan_words.h"
#include "api/preview.h"
#include "api/problem.h"
#include "api/routes/common.h"
#include "api/routes/routes.h"
#include "state/error.h"

namespace town::api {
namespace {

using Json = nlohmann::json;
using Answers = std::map<std::string, std::string>;

HttpResponse list(Services& services, const Call& call) {
  auto entries = package_entries(*services.store.snapshot().graph, *services.catalog());
  const auto keep_only = [&](const char* parameter, const char* member) {
    if (call.http.parameter(parameter) != "true") return;
    Json kept = Json::array();
    for (auto& entry : entries) {
      if (entry.value(member, false)) kept.push_back(std::move(entry));
    }
    entries = std::move(kept);
  };
  keep_only("installed_only", "installed");
  keep_only("featured_only", "featured");
  return json_answer(list_answer(std::move(entries), list_query(call.http.query)));
}

HttpResponse grouped(Services& services, const Call& call) {
  return json_answer(by_repository(*services.catalog(), call.http.parameter("search"),
                                   call.http.parameter("featured_only") == "true"));
}

HttpResponse versions(Services& services, const Call& call) {
  Fields fields(call.body);
  const auto name = fields.required_name("name");
  fields.check();
  return json_answer(Json(services.catalog()->versions(name)));
}

OfferPtr require_offer(Services& services, const std::string& repo, const std::string& name,
                       const std::string& version) {
  const auto catalog = services.catalog();
  auto offer = catalog->find(repo, name, version);
  if (!offer) {
    throw Error(Code::not_found, "PackageNotFound", catalog->why_not(repo, name, version));
  }
  return offer;
}

HttpResponse questions(Services& services, const Call& call) {
  Fields fields(call.body);
  const auto name = fields.required_name("name");
  fields.check();
  return json_answer(questions_json(require_offer(services, "", name, "")->definition));
}

HttpResponse questions_of_identity(Services& services, const Call& call) {
  Fields fields(call.body);
  const auto repo = fields.name("repo");
  const auto name = fields.required_name("name");
  const auto version = fields.required_name("version");
  fields.check();
  return json_answer(questions_json(require_offer(services, repo, name, version)->definition));
}

/// What it would come to, in words and with all that it is warned of. Without answers of the
/// caller's, questions that cannot be answered without them are no fault: then there is nothing to
/// tell yet.
void add_plan(Services& services, const Call& call, const Install& wanted, bool answered,
              Json& answer) {
  try {
    const auto preview = services.preview({author_of(call), {wanted}});
    const auto graph = services.store.snapshot().graph;
    answer["plan"] =
        plan_words(preview, *graph, {services.host.disk(), setting_of(*graph, "dns_tld")});
    if (!preview.warnings.empty()) answer["warnings"] = warnings_json(preview.warnings);
  } catch (const InvalidInput& error) {
    if (answered || error.reason() != "InvalidAnswers") throw;
    answer["plan"] = nullptr;
  }
}

HttpResponse preview(Services& services, const Call& call) {
  Fields fields(call.body);
  const auto repo = fields.name("repo");
  const auto name = fields.required_name("name");
  const auto version = fields.required_name("version");
  const auto instance = fields.name("instance");
  const bool answered = fields.has("responses");
  Install wanted{repo, name, version, answered ? fields.texts("responses") : Answers{},
                 {},   {},   {},      instance};
  wanted.reuse_volumes = fields.flag("reuse_volumes");
  fields.check();
  const auto offer = require_offer(services, repo, name, version);
  const auto called = instance.empty() ? offer->name : offer->name + "-" + instance;
  if (!offer->faults.empty()) throw InvalidInput("InvalidPackage", offer->faults);
  const auto graph = services.store.snapshot().graph;
  const auto installed = installed_package(*graph, offer->repo, called);
  const auto* spec = installed ? std::get_if<PackageSpec>(&installed->spec) : nullptr;
  const auto kept = versions_below(*graph, "uninstalled/" + offer->repo + "/" + called + "/");
  auto answer = install_preview(*offer, spec, services.host.disk(), kept);
  add_plan(services, call, wanted, answered, answer);
  return json_answer(answer);
}

HttpResponse list_upgrades(Services& services) {
  auto entries = Json::array();
  for (const auto& upgrade : upgrades(*services.store.snapshot().graph, *services.catalog())) {
    entries.push_back({{"repo", upgrade.repo},
                       {"name", upgrade.name},
                       {"installed_version", upgrade.installed_version},
                       {"latest_version", upgrade.latest_version},
                       {"changed", upgrade.changed}});
  }
  return json_answer(entries);
}

HttpResponse dismiss_upgrades(Services& services, const Call& call) {
  const auto waiting = upgrades(*services.store.snapshot().graph, *services.catalog());
  submit(services, call, {SetSetting{"dismissed_upgrades_hash", upgrades_hash(waiting)}});
  return void_answer();
}

}  // namespace

std::vector<Route> package_routes(Services& s) {
  return {
      {"GET", "/packages", Gate::account, "", [&s](const Call& call) { return list(s, call); }},
      {"GET", "/packages/by-repo", Gate::account, "",
       [&s](const Call& call) { return grouped(s, call); }},
      {"POST", "/packages/versions", Gate::account, "",
       [&s](const Call& call) { return versions(s, call); }},
      {"POST", "/packages/questions", Gate::admin, "",
       [&s](const Call& call) { return questions(s, call); }},
      {"POST", "/packages/questions/identity", Gate::admin, "",
       [&s](const Call& call) { return questions_of_identity(s, call); }},
      {"POST", "/packages/install-preview", Gate::account, "",
       [&s](const Call& call) { return preview(s, call); }},
      {"GET", "/packages/upgrades", Gate::account, "",
       [&s](const Call&) { return list_upgrades(s); }},
      {"POST", "/packages/upgrades/dismiss", Gate::admin, "dismiss package upgrades",
       [&s](const Call& call) { return dismiss_upgrades(s, call); }, Body::ignored},
  };
}

}  // namespace town::api

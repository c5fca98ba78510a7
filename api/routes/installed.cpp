// Installed packages: install, uninstall, switches, answers, and what they leave behind.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/fields.h"
#include "api/listing.h"
#include "api/packages.h"
#include "api/routes/common.h"
#include "api/routes/routes.h"
#include "state/error.h"

namespace town::api {
namespace {

using Json = nlohmann::json;

struct Named {
  std::string repo;
  std::string name;
  std::string version;
};

/// `repo` and `name`, and with `versioned` the version too; all of them are required.
Named named(const Call& call, bool versioned) {
  Fields fields(call.body);
  Named which{fields.required_name("repo"), fields.required_name("name"), ""};
  if (versioned) which.version = fields.required_name("version");
  fields.check();
  return which;
}

HttpResponse install(Services& services, const Call& call) {
  Fields fields(call.body);
  Install wanted;
  wanted.repo = fields.name("repo");
  wanted.package = fields.required_name("name");
  wanted.version = fields.required_name("version");
  wanted.responses = fields.texts("responses");
  wanted.reuse_volumes = fields.flag("reuse_volumes");
  wanted.import_from_version = fields.name("import_from_version");
  wanted.skip_response_reuse = fields.flag("skip_response_reuse");
  wanted.instance = fields.name("instance");
  wanted.track_latest = fields.flag("track_latest");
  fields.check();
  return submit_with_progress(services, call, {std::move(wanted)});
}

HttpResponse uninstall(Services& services, const Call& call) {
  Fields fields(call.body);
  Uninstall wanted{fields.required_name("repo"), fields.required_name("name"),
                   fields.required_name("version"), fields.flag("purge_volumes")};
  const auto instance = fields.name("instance");
  fields.check();
  if (!instance.empty()) wanted.name += "-" + instance;
  require_installed(*services.store.snapshot().graph, wanted.repo, wanted.name, wanted.version);
  return submit_with_progress(services, call, {std::move(wanted)});
}

/// Entries are plain texts here, so there is nothing to sort by; only the direction counts.
HttpResponse list(Services& services, const Call& call) {
  std::vector<std::string> names;
  for (const auto& resource : installed_packages(*services.store.snapshot().graph)) {
    const auto& spec = std::get<PackageSpec>(resource->spec);
    names.push_back(identity(spec.repo, spec.name, spec.version));
  }
  std::sort(names.begin(), names.end());
  auto query = list_query(call.http.query);
  std::transform(query.sort_order.begin(), query.sort_order.end(), query.sort_order.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (query.sort_order == "desc") std::reverse(names.begin(), names.end());
  query.sort_by.clear();
  return json_answer(list_answer(Json(names), query));
}

HttpResponse info(Services& services, const Call& call) {
  const auto which = named(call, true);
  const auto graph = services.store.snapshot().graph;
  const auto found = require_installed(*graph, which.repo, which.name, which.version);
  const auto& spec = std::get<PackageSpec>(found->spec);
  return json_answer(installed_info(spec, setting_of(*graph, "dns_tld"),
                                    services.host.internal_address(),
                                    services.host.external_address(), call.admin()));
}

HttpResponse responses(Services& services, const Call& call) {
  const auto which = named(call, true);
  const auto graph = services.store.snapshot().graph;
  const auto found = installed_package(*graph, which.repo, which.name);
  const auto* spec = found ? std::get_if<PackageSpec>(&found->spec) : nullptr;
  if (spec == nullptr || spec->version != which.version) return json_answer(Json::object());
  return json_answer(answers_json(spec->responses, definition_of(*spec), call.admin()));
}

HttpResponse last_responses(Services& services, const Call& call) {
  const auto which = named(call, false);
  const auto graph = services.store.snapshot().graph;
  const auto* kept = graph->spec<AnswersSpec>({Kind::answers, which.repo + "/" + which.name});
  if (kept == nullptr) return json_answer(Json::object());
  const auto offer = newest_offer(*services.catalog(), which.repo, which.name);
  return json_answer(answers_json(kept->responses,
                                  offer ? offer->definition : package::Definition(), call.admin()));
}

HttpResponse clear_last_responses(Services& services, const Call& call) {
  const auto which = named(call, false);
  submit(services, call, {ClearAnswers{which.repo, which.name}});
  return json_answer(Json::object());
}

HttpResponse children(Services& services, const Call& call) {
  const auto which = named(call, false);
  auto names = Json::array();
  const auto key = package_key(which.repo, which.name);
  for (const auto& part : services.store.snapshot().graph->owned_by(key)) {
    const auto* spec = std::get_if<PackageSpec>(&part->spec);
    if (spec != nullptr && !part->deleting) names.push_back(spec->name);
  }
  return json_answer(names);
}

HttpResponse uninstalled_volumes(Services& services, const Call& call) {
  const auto which = named(call, false);
  const auto graph = services.store.snapshot().graph;
  const auto below = which.repo + "/" + which.name + "/";
  const auto uninstalled = versions_below(*graph, "uninstalled/" + below);
  const auto installed = versions_below(*graph, "installed/" + below);
  Json answer = {{"has_uninstalled_volumes", !uninstalled.empty()}};
  if (!uninstalled.empty()) answer["uninstalled_versions"] = uninstalled;
  if (!installed.empty()) answer["installed_versions"] = installed;
  return json_answer(answer);
}

HttpResponse purge(Services& services, const Call& call, bool installed) {
  const auto which = named(call, false);
  submit_and_wait(services, call, {PurgeVolumes{which.repo, which.name, installed}});
  return void_answer();
}

HttpResponse set_enabled(Services& services, const Call& call, bool enabled) {
  const auto which = named(call, false);
  require_installed(*services.store.snapshot().graph, which.repo, which.name, "");
  SwitchPackage wanted{which.repo, which.name, enabled, std::nullopt, false};
  submit_and_wait(services, call, {std::move(wanted)});
  return void_answer();
}

}  // namespace

std::vector<Route> installed_routes(Services& s) {
  return {
      {"POST", "/packages/install", Gate::admin, "install package",
       [&s](const Call& call) { return install(s, call); }, Body::json, true},
      {"POST", "/packages/uninstall", Gate::admin, "uninstall package",
       [&s](const Call& call) { return uninstall(s, call); }, Body::json, true},
      {"GET", "/packages/installed", Gate::account, "",
       [&s](const Call& call) { return list(s, call); }},
      {"POST", "/packages/installed/info", Gate::account, "",
       [&s](const Call& call) { return info(s, call); }},
      {"POST", "/packages/responses", Gate::account, "",
       [&s](const Call& call) { return responses(s, call); }},
      {"POST", "/packages/last-responses", Gate::account, "",
       [&s](const Call& call) { return last_responses(s, call); }},
      {"POST", "/packages/clear-last-responses", Gate::admin, "clear cached install responses",
       [&s](const Call& call) { return clear_last_responses(s, call); }},
      {"POST", "/packages/children", Gate::account, "",
       [&s](const Call& call) { return children(s, call); }},
      {"POST", "/packages/uninstalled-volumes", Gate::account, "",
       [&s](const Call& call) { return uninstalled_volumes(s, call); }},
      {"POST", "/packages/purge-volumes", Gate::admin, "purge volumes",
       [&s](const Call& call) { return purge(s, call, true); }, Body::json, true},
      {"POST", "/packages/purge-uninstalled-volumes", Gate::admin, "purge uninstalled volumes",
       [&s](const Call& call) { return purge(s, call, false); }, Body::json, true},
      {"POST", "/packages/disable", Gate::admin, "disable package",
       [&s](const Call& call) { return set_enabled(s, call, false); }, Body::json, true},
      {"POST", "/packages/enable", Gate::admin, "enable package",
       [&s](const Call& call) { return set_enabled(s, call, true); }, Body::json, true},
  };
}

}  // namespace town::api

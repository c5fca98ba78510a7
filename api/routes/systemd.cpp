// Services of packages, as systemd sees them, and the switches that people use.
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

/// The unit's entry; what systemd does not know yet is told as systemd itself would.
Json entry_of(const Graph& graph, const Resource& resource, const UnitFigures* live) {
  const auto& spec = std::get<UnitSpec>(resource.spec);
  Json entry = {{"Name", spec.unit},
                {"Description", spec.description},
                {"LoadState", live ? live->load_state : "not-found"},
                {"ActiveState", live ? live->active_state : "inactive"},
                {"SubState", live ? live->sub_state : "dead"}};
  const auto* package = resource.owner ? graph.spec<PackageSpec>(*resource.owner) : nullptr;
  if (package == nullptr) return entry;
  entry["package_identifier"] = identity(package->repo, package->name, package->version);
  if (!spec.description.empty()) entry["package_description"] = spec.description;
  return entry;
}

HttpResponse units(Services& services, const Call& call) {
  std::map<std::string, UnitFigures> live;
  for (auto& figures : services.units.units()) live[figures.unit] = std::move(figures);
  const auto graph = services.store.snapshot().graph;
  auto query = list_query(call.http.query);
  auto entries = Json::array();
  for (const auto& resource : graph->of(Kind::unit)) {
    if (resource->deleting) continue;
    const auto& name = std::get<UnitSpec>(resource->spec).unit;
    if (!matches(name, query.search)) continue;
    const auto found = live.find(name);
    entries.push_back(entry_of(*graph, *resource, found == live.end() ? nullptr : &found->second));
  }
  query.search.clear();  // it looks at the name alone, above
  return json_answer(list_answer(std::move(entries), query));
}

SwitchPackage switch_for(const std::string& action) {
  SwitchPackage wanted;
  if (action == "start") {
    wanted.stopped = false;
  } else if (action == "stop") {
    wanted.stopped = true;
  } else if (action == "restart") {
    wanted.restart = true;
  } else if (action == "enable" || action == "disable") {
    wanted.enabled = action == "enable";
  } else {
    throw InvalidInput("UnknownAction",
                       {{"action", "must be start, stop, restart, enable or disable"}});
  }
  return wanted;
}

ResourcePtr package_of_unit(const Graph& graph, const std::string& name) {
  for (const auto& resource : graph.of(Kind::unit)) {
    if (std::get<UnitSpec>(resource->spec).unit != name || !resource->owner) continue;
    auto owner = graph.find(*resource->owner);
    if (owner && owner->key.kind == Kind::package && !owner->deleting) return owner;
  }
  throw Error(Code::not_found, "UnknownUnit", "no installed app has a service called " + name);
}

HttpResponse set_status(Services& services, const Call& call) {
  Fields fields(call.body);
  const auto name = fields.required("name");
  const auto action = fields.required("action");
  fields.check();
  auto wanted = switch_for(action);
  if (name == "town-os-systemcontroller.service") {
    throw InvalidInput("ControllerNeeded",
                       {{"name", "the controller itself is not switched here"}});
  }
  const auto owner = package_of_unit(*services.store.snapshot().graph, name);
  const auto& spec = std::get<PackageSpec>(owner->spec);
  wanted.repo = spec.repo;
  wanted.name = spec.name;
  const bool starting = action == "start" || action == "restart";
  const auto warnings = services.preview({author_of(call), {wanted}}).warnings;
  if (starting && !warnings.empty()) {
    // The wish stays, but there is nothing to wait for.
    services.submit({author_of(call), {wanted}});
    throw Error(Code::conflict, "PortInUse", warnings.front().message);
  }
  submit_and_wait(services, call, {std::move(wanted)});
  // Unlike an install, a start that fails is what this call was about.
  const auto how = outcome(services.store.snapshot(), owner->key);
  const bool failed = how.word == Outcome::Word::degraded || how.word == Outcome::Word::stalled;
  if (starting && failed) throw Error(Code::remote, how.reason, how.message);
  return void_answer();
}

}  // namespace

std::vector<Route> systemd_routes(Services& s) {
  return {
      {"GET", "/systemd/units", Gate::account, "",
       [&s](const Call& call) { return units(s, call); }},
      {"POST", "/systemd/status", Gate::admin, "set unit status",
       [&s](const Call& call) { return set_status(s, call); }, Body::json, true},
  };
}

}  // namespace town::api

// A whole box in one document: what it would change, make it so, and how it is now.
#include "api/home.h"

#include <nlohmann/json.hpp>

#include "api/home_check.h"
#include "api/problem.h"
#include "api/resource_json.h"
#include "api/routes/common.h"
#include "api/routes/routes.h"
#include "state/error.h"

namespace town::api {
namespace {

using Json = nlohmann::json;
using Words = std::vector<std::string>;

/// The preview of all that the plan asks for; everything that is wrong with the document,
/// otherwise.
Preview checked(Services& services, const Call& call, const Home& home, const HomePlan& plan,
                Diagnostics faults) {
  const auto graph = services.store.snapshot().graph;
  const auto catalog = services.catalog();
  const auto preview = [&](const std::vector<town::Request>& requests) {
    return services.preview({author_of(call), requests});
  };
  return check_home(home, plan, {*graph, *catalog, preview}, std::move(faults));
}

Words repository_words(const HomePlan& plan) {
  Words words;
  for (const auto& added : plan.added) words.push_back("add repository " + added.name);
  for (const auto& changed : plan.changed) {
    words.push_back("change where repository " + changed.name + " comes from");
  }
  return words;
}

Json change_json(const Graph& graph, const Resource& after) {
  const auto before = graph.find(after.key);
  Json json = {{"key", to_string(after.key)},
               {"change", after.deleting ? "remove" : (before ? "change" : "create")}};
  if (before) json["before"] = shown_spec(before->spec);
  if (!after.deleting) json["after"] = shown_spec(after.spec);
  return json;
}

Json changes_json(const Graph& graph, const GraphDelta& delta) {
  Json changes = Json::array();
  for (const auto& resource : delta.put) changes.push_back(change_json(graph, resource));
  for (const auto& key : delta.erased) {
    Json json = {{"key", to_string(key)}, {"change", "remove"}};
    if (const auto before = graph.find(key)) json["before"] = shown_spec(before->spec);
    changes.push_back(std::move(json));
  }
  return changes;
}

/// Packages that a new repository may bring.
void tell_unknown(const Home& home, const HomePlan& plan, Words& words) {
  for (const auto at : plan.unknown) {
    words.push_back("install " + home.packages[at].name +
                    ", once the new repositories have been read");
  }
}

HttpResponse plan(Services& services, const Call& call) {
  Diagnostics faults;
  const auto home = parse_home(call.body, faults);
  const auto snapshot = services.store.snapshot();
  const auto plan = plan_home(home, *snapshot.graph, *services.catalog());
  const auto preview = checked(services, call, home, plan, std::move(faults));
  auto words = repository_words(plan);
  tell_unknown(home, plan, words);
  words.insert(words.end(), preview.words.begin(), preview.words.end());
  return json_answer({{"revision", snapshot.revision},
                      {"changed", !words.empty() || !preview.delta.empty()},
                      {"words", words},
                      {"changes", changes_json(*snapshot.graph, preview.delta)},
                      {"warnings", warnings_json(preview.warnings)}});
}

void apply_repositories(Services& services, const Call& call, const HomePlan& plan) {
  for (const auto& added : plan.added) declare_repository(services, call, added);
  for (const auto& changed : plan.changed) {
    // First the new place: one that cannot be reached must not take the old one away.
    services.prepare(changed.name, repository_spec(changed));
    const auto graph = services.store.snapshot().graph;
    submit(services, call, change_requests(changed, *graph));
    const auto errors = services.refresh(changed.name);
    const auto error = errors.find(changed.name);
    if (error != errors.end()) throw Error(Code::remote, "RefreshFailed", error->second);
  }
}

/// What was changed, in words, and the intent to wait for.
struct Applied {
  Accepted accepted;
  Words words;
};

void merge(Accepted& into, Accepted more) {
  into.revision = std::max(into.revision, more.revision);
  if (more.number != 0) into.number = more.number;
  into.declared.insert(into.declared.end(), more.declared.begin(), more.declared.end());
  into.warnings.insert(into.warnings.end(), more.warnings.begin(), more.warnings.end());
}

Applied apply_home(Services& services, const Call& call, const Home& home, Diagnostics faults) {
  auto plan = plan_home(home, *services.store.snapshot().graph, *services.catalog());
  auto preview = checked(services, call, home, plan, std::move(faults));
  Applied applied;
  applied.words = repository_words(plan);
  if (!applied.words.empty()) {
    apply_repositories(services, call, plan);
    plan = plan_home(home, *services.store.snapshot().graph, *services.catalog());
    preview = checked(services, call, home, plan, {});
  }
  applied.words.insert(applied.words.end(), preview.words.begin(), preview.words.end());
  applied.accepted = submit(services, call, plan.requests);
  const auto quotas = quota_requests(home, *services.store.snapshot().graph);
  if (!quotas.empty()) {
    const auto words = services.preview({author_of(call), quotas}).words;
    applied.words.insert(applied.words.end(), words.begin(), words.end());
    merge(applied.accepted, submit(services, call, quotas));
  }
  return applied;
}

HttpResponse apply(Services& services, const Call& call) {
  Diagnostics faults;
  const auto home = parse_home(call.body, faults);
  // Several intents: what they come to is noted once, at the end.
  auto unnoted = call;
  unnoted.note = nullptr;
  auto applied = apply_home(services, unnoted, home, std::move(faults));
  const Json answer = {{"revision", applied.accepted.revision},
                       {"changed", !applied.words.empty()},
                       {"words", applied.words},
                       {"warnings", warnings_json(applied.accepted.warnings)}};
  const bool stream = call.http.header("accept").find("text/event-stream") != std::string::npos;
  if (!stream) return json_answer(answer);
  return progress_of(services, std::move(applied.accepted), answer);
}

}  // namespace

std::vector<Route> home_routes(Services& s) {
  return {
      {"POST", "/plan", Gate::admin, "", [&s](const Call& call) { return plan(s, call); }},
      {"POST", "/apply", Gate::admin, "apply home",
       [&s](const Call& call) { return apply(s, call); }, Body::json, true},
      {"GET", "/export", Gate::admin, "",
       [&s](const Call&) { return json_answer(export_home(*s.store.snapshot().graph)); }},
  };
}

}  // namespace town::api

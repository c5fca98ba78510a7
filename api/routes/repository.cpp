// Repositories.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/fields.h"
#include "api/listing.h"
#include "api/routes/common.h"
#include "api/routes/routes.h"
#include "api/sse.h"
#include "engine/git/url.h"
#include "engine/repositories/declared.h"

namespace town::api {
namespace {

using Json = nlohmann::json;

HttpResponse list(Services& services, const Call& call) {
  const auto graph = services.store.snapshot().graph;
  const auto catalog = services.catalog();
  auto entries = Json::array();
  for (const auto& [id, name, spec, generation] : declared_repositories(*graph)) {
    Json entry = {{"name", name}, {"url", spec.url}};
    if (!spec.username.empty()) entry["username"] = spec.username;
    const auto* offers = catalog->repository(name);
    if (offers != nullptr && !offers->error.empty()) entry["error"] = offers->error;
    entries.push_back(std::move(entry));
  }
  return json_answer(list_answer(std::move(entries), list_query(call.http.query)));
}

/// The clone comes first: what cannot be reached is refused, and nothing is stored.
HttpResponse add(Services& services, const Call& call) {
  Fields fields(call.body);
  AddRepository wanted{fields.name("name"), fields.required("url"), fields.text("username"),
                       Secret(fields.text("password"))};
  if (wanted.username.empty() != wanted.password.empty()) {
    fields.fault("username", "user name and password go together: give both or neither");
  }
  fields.check();
  declare_repository(services, call, std::move(wanted));
  return void_answer();
}

HttpResponse remove(Services& services, const Call& call) {
  Fields fields(call.body);
  const auto name = fields.required_name("name");
  fields.check();
  submit(services, call, {RemoveRepository{name}});
  return void_answer();
}

HttpResponse move(Services& services, const Call& call) {
  Fields fields(call.body);
  const auto name = fields.required_name("name");
  const auto position = fields.integer("position");
  if (!fields.has("position")) fields.fault("position", "is required");
  fields.check();
  const auto place = std::clamp<std::int64_t>(position, 0, 1'000'000);
  submit(services, call, {MoveRepository{name, static_cast<int>(place)}});
  return void_answer();
}

HttpResponse refresh(Services& services) {
  return event_answer([&services](EventStream& events) {
    events.send({{"step", "refreshing"}});
    std::string errors;
    for (const auto& [name, error] : services.refresh("")) {
      errors += (errors.empty() ? "" : "; ") + name + ": " + error;
    }
    events.send(errors.empty() ? Json{{"done", true}} : Json{{"error", errors}});
  });
}

}  // namespace

RepositorySpec repository_spec(const AddRepository& wanted) {
  const auto url = parse_repository_url(wanted.url);
  RepositorySpec spec;
  spec.url = url.url_without_credentials;
  spec.username = wanted.username.empty() ? url.username : wanted.username;
  spec.password = wanted.username.empty() ? url.password : wanted.password;
  return spec;
}

void declare_repository(Services& services, const Call& call, AddRepository wanted) {
  const auto spec = repository_spec(wanted);
  if (wanted.name.empty()) wanted.name = repository_name_from_url(spec.url);
  const auto there = services.store.snapshot().graph->find({Kind::repository, wanted.name});
  if (there && !there->deleting) {
    throw Error(Code::conflict, "RepositoryExists",
                "there is already a repository called " + wanted.name);
  }
  // Admission judges name and place before anything is fetched; the clone is what it cannot judge.
  services.preview({author_of(call), {wanted}});
  services.prepare(wanted.name, spec);
  const auto name = wanted.name;
  submit(services, call, {std::move(wanted)});
  const auto errors = services.refresh(name);
  if (const auto error = errors.find(name); error != errors.end()) {
    throw Error(Code::remote, "RefreshFailed", error->second);
  }
}

std::vector<Route> repository_routes(Services& s) {
  return {
      {"GET", "/repository", Gate::account, "", [&s](const Call& call) { return list(s, call); }},
      {"POST", "/repository/add", Gate::admin, "add repository",
       [&s](const Call& call) { return add(s, call); }, Body::json, true},
      {"POST", "/repository/remove", Gate::admin, "remove repository",
       [&s](const Call& call) { return remove(s, call); }, Body::json, true},
      {"POST", "/repository/move", Gate::admin, "move repository",
       [&s](const Call& call) { return move(s, call); }},
      {"POST", "/repository/refresh", Gate::account, "refresh repositories",
       [&s](const Call&) { return refresh(s); }, Body::ignored, true},
  };
}

}  // namespace town::api

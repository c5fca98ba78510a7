// Volumes.
#include <nlohmann/json.hpp>

#include "api/fields.h"
#include "api/listing.h"
#include "api/routes/common.h"
#include "api/routes/routes.h"
#include "state/error.h"

namespace town::api {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kUser = "user/";

struct Place {
  std::string state;  ///< "user", "installed" or "uninstalled"
  std::string name;   ///< bare, or package/version/volume
};

Place place_of(const std::string& path) {
  const auto slash = path.find('/');
  Place place{path.substr(0, slash), path.substr(std::min(slash, path.size() - 1) + 1)};
  // Clients show package volumes without their repository; the full path is `internal_name`.
  if (place.state != "user") place.name = place.name.substr(place.name.find('/') + 1);
  return place;
}

bool is_package_path(const std::string& name) {
  return name.starts_with("installed/") || name.starts_with("uninstalled/");
}

/// Bare names are a person's volumes; the full path names those of packages.
std::string path_of(const std::string& name) {
  return is_package_path(name) ? name : std::string(kUser) + name;
}

std::uint64_t quota_in(Fields& fields) {
  const auto quota = fields.bytes("quota");
  if (quota > kLargestQuota) {
    fields.fault("quota", "is more than any disk holds: give at most " +
                              std::to_string(kLargestQuota) + " bytes");
  }
  return quota;
}

Json entry_of(const VolumeSpec& spec) {
  const auto place = place_of(spec.path);
  Json entry = {{"name", place.name}, {"quota", spec.quota}, {"state", place.state}};
  if (place.state != "user") entry["internal_name"] = spec.path;
  return entry;
}

HttpResponse list(Services& services, const Call& call) {
  Fields fields(call.body);
  const auto prefix = fields.text("name");
  const auto state = fields.text("state");
  fields.check();
  auto entries = Json::array();
  for (const auto& resource : services.store.snapshot().graph->of(Kind::volume)) {
    if (resource->deleting) continue;
    const auto& spec = std::get<VolumeSpec>(resource->spec);
    const auto place = place_of(spec.path);
    if (!state.empty() && place.state != state) continue;
    if (!prefix.empty() && (place.state != "user" || !place.name.starts_with(prefix))) continue;
    entries.push_back(entry_of(spec));
  }
  return json_answer(list_answer(std::move(entries), list_query(call.body)));
}

HttpResponse create(Services& services, const Call& call) {
  Fields fields(call.body);
  CreateVolume wanted{fields.required("name"), quota_in(fields)};
  const auto state = fields.text("state");
  if (!state.empty() && state != "user") {
    fields.fault("state", "only volumes of your own can be created");
  }
  fields.check();
  submit_and_wait(services, call, {std::move(wanted)});
  return void_answer();
}

HttpResponse modify(Services& services, const Call& call) {
  Fields fields(call.body);
  const auto name = fields.required("name");
  const auto filesystem = call.body.find("filesystem");
  if (filesystem == call.body.end() || !filesystem->is_object()) {
    fields.fault("filesystem", "is required");
    fields.check();
  }
  Fields wanted(*filesystem, "filesystem.");
  const auto new_name = wanted.required("name");
  const auto quota = quota_in(wanted);
  fields.check();
  wanted.check();
  if (name != new_name && is_package_path(name)) {
    throw InvalidInput("NotRenamable", {{"filesystem.name", "an app's volume cannot be renamed"}});
  }
  const auto new_path = std::string(kUser) + new_name;
  submit_and_wait(services, call,
                  {ModifyVolume{path_of(name), name == new_name ? "" : new_path, quota}});
  return void_answer();
}

HttpResponse remove(Services& services, const Call& call) {
  Fields fields(call.body);
  const auto name = fields.required("name");
  if (is_package_path(name) || name == "installed" || name == "uninstalled") {
    fields.fault("name", "\"" + name + "\" is reserved for the box itself");
  }
  fields.check();
  submit_and_wait(services, call, {RemoveVolume{path_of(name)}});
  return void_answer();
}

}  // namespace

std::vector<Route> storage_routes(Services& s) {
  return {
      {"POST", "/storage", Gate::account, "", [&s](const Call& call) { return list(s, call); }},
      {"POST", "/storage/create", Gate::account, "create filesystem",
       [&s](const Call& call) { return create(s, call); }, Body::json, true},
      {"POST", "/storage/modify", Gate::account, "modify filesystem",
       [&s](const Call& call) { return modify(s, call); }, Body::json, true},
      {"POST", "/storage/remove", Gate::account, "remove filesystem",
       [&s](const Call& call) { return remove(s, call); }, Body::json, true},
  };
}

}  // namespace town::api

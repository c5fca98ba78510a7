// The ping, the settings, the audit log and the backup.
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "api/fields.h"
#include "api/packages.h"
#include "api/routes/common.h"
#include "api/routes/routes.h"
#include "engine/admission/settings.h"

namespace town::api {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

void add_volumes(const Graph& graph, Json& ping) {
  int user = 0;
  int installed = 0;
  int uninstalled = 0;
  for (const auto& resource : graph.of(Kind::volume)) {
    if (resource->deleting) continue;
    const auto& path = std::get<VolumeSpec>(resource->spec).path;
    user += path.starts_with("user/") ? 1 : 0;
    installed += path.starts_with("installed/") ? 1 : 0;
    uninstalled += path.starts_with("uninstalled/") ? 1 : 0;
  }
  ping["filesystems"] = user;
  ping["installed_volumes"] = installed;
  ping["uninstalled_volumes"] = uninstalled;
}

void add_accounts(const Services& services, Json& ping) {
  const auto accounts = services.accounts.list();
  ping["accounts"] = accounts.size();
  ping["admins"] = std::count_if(accounts.begin(), accounts.end(), [](const Account& account) {
    return account.admin && !account.disabled;
  });
}

/// Main units of installed packages only.
void add_units(Services& services, const Graph& graph, Json& ping) {
  std::map<std::string, std::string> states;
  for (const auto& figures : services.units.units()) states[figures.unit] = figures.active_state;
  int total = 0;
  int active = 0;
  int failed = 0;
  for (const auto& resource : graph.of(Kind::unit)) {
    if (resource->deleting) continue;
    const auto& state = states[std::get<UnitSpec>(resource->spec).unit];
    ++total;
    active += state == "active" ? 1 : 0;
    failed += state == "failed" ? 1 : 0;
  }
  ping["units"] = {{"total", total}, {"active", active}, {"failed", failed}};
}

void add_packages(Services& services, const Graph& graph, Json& ping) {
  const auto catalog = services.catalog();
  ping["repositories"] = graph.of(Kind::repository).size();
  ping["packages"] = package_entries(graph, *catalog).size();
  ping["installed"] = installed_packages(graph).size();
  const auto waiting = upgrades(graph, *catalog);
  ping["upgrades_available"] = waiting.size();
  const auto dismissed = setting_of(graph, "dismissed_upgrades_hash");
  if (!waiting.empty() && dismissed == upgrades_hash(waiting)) ping["upgrades_dismissed"] = true;
  for (const auto& repository : catalog->repositories()) {
    if (!repository->error.empty()) ping["repository_errors"][repository->name] = repository->error;
  }
}

void add_host(Services& services, Json& ping) {
  const auto external = services.host.external_address();
  const auto internal = services.host.internal_address();
  if (!external.empty()) ping["external_ip"] = external;
  if (!internal.empty()) ping["internal_ip"] = internal;
  const auto disk = services.host.disk();
  if (disk.total > 0) ping["disk_usage"] = to_json(disk);
  if (!disk.shortage.empty()) ping["disk_error"] = disk.shortage;
}

int minutes_east(Time now) {
  const auto seconds = std::chrono::system_clock::to_time_t(now);
  std::tm local{};
  localtime_r(&seconds, &local);
  return static_cast<int>(local.tm_gmtoff / 60);
}

/// Short without a token: a stranger learns nothing but whether the box is there and set up.
HttpResponse ping(Services& services, const Call& call) {
  const auto graph = services.store.snapshot().graph;
  Json answer = {
      {"status", "ok"}, {"boot_id", services.boot_id}, {"locale", setting_of(*graph, "locale")}};
  if (!services.accounts.has_admin()) answer["needs_setup"] = true;
  if (!call.caller) return json_answer(answer);
  answer["username"] = call.caller->username;
  add_volumes(*graph, answer);
  add_accounts(services, answer);
  add_units(services, *graph, answer);
  add_packages(services, *graph, answer);
  add_host(services, answer);
  answer["recent_errors"] = services.audit.recent_errors();
  answer["timezone_offset"] = minutes_east(services.clock.now());
  return json_answer(answer);
}

HttpResponse settings(Services& services) {
  Json all = default_settings();
  for (const auto& resource : services.store.snapshot().graph->of(Kind::setting)) {
    all[resource->key.name] = std::get<SettingSpec>(resource->spec).value;
  }
  return json_answer(all);
}

HttpResponse get_setting(Services& services, const Call& call) {
  Fields fields(call.body);
  const auto key = fields.required("key");
  fields.check();
  const auto graph = services.store.snapshot().graph;
  const bool known = graph->find({Kind::setting, key}) || default_setting(key);
  if (!known) throw Error(Code::not_found, "UnknownSetting", "there is no setting called " + key);
  return json_answer({{"key", key}, {"value", setting_of(*graph, key)}});
}

HttpResponse set_setting(Services& services, const Call& call) {
  Fields fields(call.body);
  const auto key = fields.required("key");
  const auto value = fields.text("value");
  fields.check();
  submit(services, call, {SetSetting{key, value}});
  return void_answer();
}

/// Whether a directory that need not be there would lie in `parent`, links followed.
bool lies_in(const fs::path& parent, const fs::path& directory) {
  std::error_code failed;
  const auto place = fs::weakly_canonical(directory, failed);
  if (failed || parent.empty()) return false;
  const auto inside = place.lexically_relative(fs::weakly_canonical(parent, failed));
  return !failed && !inside.empty() && *inside.begin() != "..";
}

HttpResponse backup(Services& services, const Call& call) {
  Fields fields(call.body);
  const auto directory = fields.required("directory");
  if (!directory.empty() && !fs::path(directory).is_absolute()) {
    fields.fault("directory", "must be an absolute path on the box");
  } else if (lies_in(services.own, directory)) {
    fields.fault("directory", "lies in " + services.own.string() +
                                  ", the directory of the records themselves: what is not theirs "
                                  "is cleared away there, and a copy must outlive them. Choose a "
                                  "place outside it");
  }
  fields.check();
  services.store.checkpoint(directory);
  return json_answer({{"directory", directory}});
}

}  // namespace

std::vector<Route> status_routes(Services& s) {
  return {
      {"GET", "/status/ping", Gate::open, "", [&s](const Call& call) { return ping(s, call); }},
      {"GET", "/settings", Gate::admin, "", [&s](const Call&) { return settings(s); }},
      {"POST", "/settings/get", Gate::admin, "",
       [&s](const Call& call) { return get_setting(s, call); }},
      {"POST", "/settings/set", Gate::admin, "update setting",
       [&s](const Call& call) { return set_setting(s, call); }},
      {"POST", "/audit/log", Gate::admin, "",
       [&s](const Call& call) { return json_answer(s.audit.page(call.body)); }},
      {"POST", "/store/backup", Gate::admin, "back up store",
       [&s](const Call& call) { return backup(s, call); }},
  };
}

}  // namespace town::api

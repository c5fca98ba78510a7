// What the box offers beside packages: disk images, system services, monitoring, languages and time
// zones. The first three are records whose controllers are not there yet.
#include <nlohmann/json.hpp>

#include "api/fields.h"
#include "api/locales.h"
#include "api/routes/common.h"
#include "api/routes/routes.h"
#include "state/error.h"

namespace town::api {
namespace {

using Json = nlohmann::json;

Json image_json(const std::string& name) { return {{"name", name}, {"size", 0}}; }

HttpResponse images(const Services& services) {
  auto all = Json::array();
  for (const auto& resource : services.store.snapshot().graph->of(Kind::vm_image)) {
    if (!resource->deleting) all.push_back(image_json(resource->key.name));
  }
  return json_answer(all);
}

HttpResponse add_image(Services& services, const Call& call) {
  Fields fields(call.body);
  AddVmImage wanted{fields.text("name"), fields.required("url")};
  fields.check();
  const auto accepted = submit(services, call, {std::move(wanted)});
  return json_answer(image_json(accepted.declared.front().name));
}

/// Only the base name counts.
HttpResponse remove_image(Services& services, const Call& call) {
  Fields fields(call.body);
  auto name = fields.required("name");
  fields.check();
  name = name.substr(name.find_last_of('/') + 1);
  submit(services, call, {RemoveVmImage{name}});
  return void_answer();
}

HttpResponse system_service(const Call& call) {
  Fields fields(call.body);
  (void)fields.required("key");
  const auto action = fields.required("action");
  fields.check();
  if (action != "start" && action != "stop" && action != "restart") {
    throw InvalidInput("UnknownAction", {{"action", "must be start, stop or restart", 0}});
  }
  throw Error(Code::not_found, "NothingConfigured",
              "no system service is configured: this version has none yet");
}

Json locale_list(std::span<const Locale> locales) {
  auto list = Json::array();
  for (const auto& locale : locales) {
    list.push_back({{"code", locale.code},
                    {"native_name", locale.native_name},
                    {"english_name", locale.english_name}});
  }
  return list;
}

HttpResponse locales(const Services& services) {
  return json_answer({{"current", setting_of(*services.store.snapshot().graph, "locale")},
                      {"populated", populated_locales()},
                      {"common_languages", locale_list(common_locales())},
                      {"extended_locales", locale_list(extended_locales())}});
}

[[noreturn]] HttpResponse no_grafana() {
  throw Error(Code::unavailable, "NotConfigured", "Grafana is not configured on this box");
}

}  // namespace

std::vector<Route> system_routes(Services& s) {
  return {
      {"GET", "/vm-images", Gate::account, "", [&s](const Call&) { return images(s); }},
      {"POST", "/vm-images/upload", Gate::admin, "upload vm image",
       [&s](const Call& call) { return add_image(s, call); }},
      {"POST", "/vm-images/delete", Gate::admin, "delete vm image",
       [&s](const Call& call) { return remove_image(s, call); }},
      {"GET", "/system-services", Gate::account, "",
       [](const Call&) { return json_answer(Json::array()); }},
      {"POST", "/system-services/status", Gate::admin, "set system service status",
       [](const Call& call) { return system_service(call); }},
      {"GET", "/monitoring/status", Gate::account, "",
       [](const Call&) {
         return json_answer({{"status", "disabled"}});
       }},
      {"GET", "/monitoring/grafana/*", Gate::open, "", [](const Call&) { return no_grafana(); }},
      {"GET", "/locales", Gate::account, "", [&s](const Call&) { return locales(s); }},
      {"GET", "/packages/timezones", Gate::account, "",
       [](const Call&) { return json_answer(timezones()); }},
  };
}

}  // namespace town::api

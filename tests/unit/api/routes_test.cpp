#include "api/routes/routes.h"

#include <doctest/doctest.h>

#include <set>

#include "api/routes/common.h"
#include "engine/engine.h"
#include "tests/unit/api/support.h"
#include "tests/unit/box.h"

namespace town::api {
namespace {

using Json = nlohmann::json;

/// A path that the route's pattern takes.
std::string path_of(const Route& route) {
  std::string path = route.path;
  if (path.ends_with('*')) path.replace(path.size() - 1, 1, "volume/none");
  return path;
}

Answer ask(Box& box, const std::string& method, const std::string& path,
           const std::string& token = {}) {
  return method == "GET" ? box.get(path, token) : box.post(path, Json::object(), token);
}

/// What the first slice of the API must have, with the audit text of each.
const std::map<std::string, std::string> kAudited = {
    {"POST /account/authenticate", "authenticate"},
    {"POST /account/session/revoke", "revoke session"},
    {"POST /account/create", "create account"},
    {"POST /account/update", "update account"},
    {"POST /account/disable", "disable account"},
    {"POST /account/enable", "enable account"},
    {"POST /repository/add", "add repository"},
    {"POST /repository/remove", "remove repository"},
    {"POST /repository/move", "move repository"},
    {"POST /repository/refresh", "refresh repositories"},
    {"POST /packages/install", "install package"},
    {"POST /packages/uninstall", "uninstall package"},
    {"POST /packages/clear-last-responses", "clear cached install responses"},
    {"POST /packages/purge-volumes", "purge volumes"},
    {"POST /packages/purge-uninstalled-volumes", "purge uninstalled volumes"},
    {"POST /packages/disable", "disable package"},
    {"POST /packages/enable", "enable package"},
    {"POST /packages/upgrades/dismiss", "dismiss package upgrades"},
    {"POST /storage/create", "create filesystem"},
    {"POST /storage/modify", "modify filesystem"},
    {"POST /storage/remove", "remove filesystem"},
    {"POST /systemd/status", "set unit status"},
    {"POST /pages/create", "create page"},
    {"POST /pages/update", "update page"},
    {"POST /pages/remove", "remove page"},
    {"POST /pages/rebuild", "rebuild page"},
    {"POST /vm-images/upload", "upload vm image"},
    {"POST /vm-images/delete", "delete vm image"},
    {"POST /system-services/status", "set system service status"},
    {"POST /settings/set", "update setting"},
    {"POST /store/backup", "back up store"},
    {"POST /apply", "apply home"},
};

/// The contract's index of endpoints and what it has decided about them (sections 2 and 17), as far
/// as they are there, and our own beside them.
const std::set<std::string> kForAdmins = {
    "POST /account/disable", "POST /account/enable", "POST /repository/add",
    "POST /repository/remove", "POST /repository/move", "POST /packages/questions",
    "POST /packages/questions/identity", "POST /packages/install", "POST /packages/uninstall",
    "POST /packages/clear-last-responses", "POST /packages/purge-volumes",
    "POST /packages/purge-uninstalled-volumes", "POST /packages/disable", "POST /packages/enable",
    "POST /packages/upgrades/dismiss", "POST /vm-images/upload", "POST /vm-images/delete",
    "POST /pages/create", "POST /pages/update", "POST /pages/remove", "POST /pages/rebuild",
    "POST /system-services/status", "POST /systemd/status", "GET /settings", "POST /settings/get",
    "POST /settings/set", "POST /audit/log",
    // ours
    "POST /store/backup", "POST /plan", "POST /apply", "GET /export"};
const std::set<std::string> kForAccounts = {
    "GET /account/sessions", "GET /account/me", "POST /account/session/revoke", "POST /account",
    "GET /account", "POST /account/update", "GET /repository", "POST /repository/refresh",
    "GET /packages", "GET /packages/by-repo", "POST /packages/versions",
    "POST /packages/install-preview", "GET /packages/installed", "POST /packages/installed/info",
    "POST /packages/responses", "POST /packages/last-responses", "POST /packages/children",
    "POST /packages/uninstalled-volumes", "GET /packages/upgrades", "POST /storage",
    "POST /storage/create", "POST /storage/modify", "POST /storage/remove", "GET /systemd/units",
    "GET /systemd/logs", "GET /systemd/logs/tail", "GET /system-services",
    "GET /packages/timezones", "GET /vm-images", "GET /pages", "GET /monitoring/status",
    "GET /locales",
    // ours
    "GET /resources", "GET /resources/*", "GET /events", "GET /events/log", "GET /activity"};

/// A route whose intent is accepted, and that fails after it.
std::vector<Route> late_failure(Services& services) {
  return {
      {"POST", "/late", Gate::admin, "fail late", [&services](const Call& call) -> HttpResponse {
         submit(services, call, {SetSetting{"dns_tld", "lan"}});
         throw Error(Code::unavailable, "Broken", "the disk is full");
       }}};
}

}  // namespace

TEST_SUITE("api/routes") {
  TEST_CASE("every route behind a gate says so to a stranger, and to an account that is no admin") {
    Box box(all_routes);
    const auto bob = box.token_of("bob", false);
    box.token_of("root", true);
    std::set<std::string> open;
    for (const auto& route : box.dispatcher->routes()) {
      const auto path = path_of(route);
      CAPTURE(path);
      if (route.gate == Gate::open) {
        open.insert(path);
        continue;
      }
      const auto stranger = ask(box, route.method, path);
      CHECK(stranger.status == 401);
      CHECK(stranger.detail() == "missing authorization token");
      CHECK(ask(box, route.method, path, "forged").detail() == "invalid session");
      if (route.gate == Gate::account) continue;
      const auto refused = ask(box, route.method, path, bob);
      CHECK(refused.status == 403);
      CHECK(refused.detail() == "admin access required");
    }
    CHECK(open == std::set<std::string>{"/account/authenticate", "/status/ping",
                                        "/monitoring/grafana/volume/none"});
  }

  TEST_CASE("every route has the gate that the contract gives it") {
    Box box(all_routes);
    std::map<Gate, std::set<std::string>> found;
    for (const auto& route : box.dispatcher->routes()) {
      found[route.gate].insert(std::string(route.method) + " " + route.path);
    }
    CHECK(found[Gate::admin] == kForAdmins);
    CHECK(found[Gate::account] == kForAccounts);
  }

  TEST_CASE("every route answers another method with 405, unless it has that one too") {
    Box box(all_routes);
    std::set<std::string> known;
    for (const auto& route : box.dispatcher->routes()) {
      known.insert(std::string(route.method) + " " + path_of(route));
    }
    for (const auto& route : box.dispatcher->routes()) {
      const std::string other = std::string(route.method) == "GET" ? "POST" : "GET";
      const auto path = path_of(route);
      CAPTURE(path);
      if (!known.contains(other + " " + path)) CHECK(ask(box, other, path).status == 405);
    }
  }

  TEST_CASE("what changes something is audited under its fixed text, and nothing else is") {
    Box box(all_routes);
    std::map<std::string, std::string> audited;
    for (const auto& route : box.dispatcher->routes()) {
      if (*route.action == '\0') continue;
      audited.emplace(std::string(route.method) + " " + route.path, route.action);
    }
    CHECK(audited == kAudited);
  }

  TEST_CASE("an intent and its audit row are one synced write") {
    Box box(all_routes);
    const auto root = box.token_of("root", true);
    Engine engine({*box.store, box.host, [&] { return box.catalog; }});
    box.services->submit = [&](const Intent& intent) { return engine.submit(intent); };
    const Json wish = {{"key", "dns_tld"}, {"value", "lan"}};
    const auto syncs = box.store->synced_writes();
    CHECK(box.post("/settings/set", wish, root).status == 200);
    CHECK(box.store->synced_writes() == syncs + 1);
    const auto row = box.post("/audit/log", Json::object(), root).json().at("entries").at(0);
    CHECK(row.at("action") == "update setting");
    CHECK(row.at("success") == true);
    SUBCASE("one that changes nothing is noted all the same") {
      CHECK(box.post("/settings/set", wish, root).status == 200);
      CHECK(box.post("/audit/log", Json::object(), root).json().at("total_count") == 2);
    }
  }

  TEST_CASE("where an accepted intent fails later, its one row says so") {
    Box box(late_failure);
    Engine engine({*box.store, box.host, [&] { return box.catalog; }});
    box.services->submit = [&](const Intent& intent) { return engine.submit(intent); };
    CHECK(box.post("/late", Json::object(), box.token_of("root", true)).status == 503);
    Audit audit(*box.store, box.clock);
    const auto rows = audit.page({}).at("entries");
    REQUIRE(rows.size() == 1);
    CHECK(rows.at(0).at("success") == false);
    CHECK(rows.at(0).at("error") == "the disk is full");
  }

  TEST_CASE("a stranger's ping tells little, an account's all") {
    Box box(all_routes);
    CHECK(
        box.get("/status/ping").json() ==
        Json{{"status", "ok"}, {"boot_id", "boot-1"}, {"locale", "en-US"}, {"needs_setup", true}});
    const auto root = box.token_of("root", true);
    CHECK_FALSE(box.get("/status/ping", "forged").json().contains("needs_setup"));
    CHECK_FALSE(box.get("/status/ping", "forged").json().contains("accounts"));
    const auto full = box.get("/status/ping", root).json();
    CHECK(full.at("username") == "root");
    CHECK(full.at("accounts") == 1);
    CHECK(full.at("admins") == 1);
    CHECK(full.at("disk_usage").at("available") == 600);
    CHECK(full.at("units").at("total") == 0);
    CHECK(full.at("internal_ip") == "192.168.1.2");
    CHECK_FALSE(full.contains("external_ip"));
  }

  TEST_CASE("settings are texts, defaults included, and an unknown one is 404") {
    Box box(all_routes);
    const auto root = box.token_of("root", true);
    const auto all = box.get("/settings", root).json();
    CHECK(all.at("default_quota") == "53687091200");
    CHECK(all.at("max_archive_size") == "1073741824");
    CHECK(box.post("/settings/get", {{"key", "locale"}}, root).json() ==
          Json{{"key", "locale"}, {"value", "en-US"}});
    CHECK(box.post("/settings/get", {{"key", "nothing"}}, root).status == 404);
    CHECK(box.post("/settings/set", {{"key", ""}}, root).status == 400);
    CHECK(box.post("/settings/set", {{"key", "default_quota"}, {"value", 5}}, root).status == 400);
    const auto set = box.post("/settings/set", {{"key", "motd"}, {"value", "hi"}}, root);
    CHECK(set.status == 200);
    CHECK(set.body.empty());
    REQUIRE(box.submitted.size() == 1);
    CHECK(std::get<SetSetting>(box.submitted[0].requests.at(0)).value == "hi");
    CHECK(box.submitted[0].author.who == "root");
    CHECK(box.submitted[0].author.hand == "dashboard");
  }

  TEST_CASE("volumes are listed by bare name, and those of packages with their full path too") {
    Box box(all_routes);
    const auto bob = box.token_of("bob", false);
    for (const auto* path : {"user/photos", "user/films", "installed/core/nginx/1.0/data"}) {
      Resource volume;
      volume.key = {Kind::volume, path};
      volume.spec = VolumeSpec{"id", path, 5, {}, {}};
      box.put(volume);
    }
    const auto list = [&](const Json& query) {
      return box.post("/storage", query, bob).json().at("entries");
    };
    CHECK(list({{"state", "installed"}}) ==
          Json::array({{{"name", "nginx/1.0/data"},
                        {"quota", 5},
                        {"state", "installed"},
                        {"internal_name", "installed/core/nginx/1.0/data"}}}));
    CHECK(list({{"name", "ph"}}) ==
          Json::array({{{"name", "photos"}, {"quota", 5}, {"state", "user"}}}));
    CHECK(list(Json::object()).size() == 3);
    CHECK(list({{"limit", "1"}, {"sort_by", "name"}, {"sort_order", "desc"}})[0].at("name") ==
          "photos");
  }

  TEST_CASE("what a volume call must not touch is refused before anything is asked") {
    Box box(all_routes);
    const auto bob = box.token_of("bob", false);
    const auto modify = [&](const std::string& from, const std::string& to) {
      return box
          .post("/storage/modify", {{"name", from}, {"filesystem", {{"name", to}, {"quota", 1}}}},
                bob)
          .status;
    };
    CHECK(modify("installed/a/b/1/c", "mine") == 400);
    CHECK(modify("", "x") == 400);
    CHECK(modify("x", "") == 400);
    CHECK(box.post("/storage/modify", {{"name", "x"}}, bob).status == 400);
    CHECK(box.post("/storage/create", {{"name", "x"}, {"state", "installed"}}, bob).status == 400);
    CHECK(box.post("/storage/create", {{"name", "x"}, {"quota", -1}}, bob).status == 400);
    CHECK(box.post("/storage/remove", {{"name", "installed/a/b/1/c"}}, bob).status == 400);
    CHECK(box.submitted.empty());
  }

  TEST_CASE("a quota beyond every disk is refused with its field") {
    Box box(all_routes);
    const auto bob = box.token_of("bob", false);
    constexpr auto kMost = 18446744073709551615ULL;
    const auto created = box.post("/storage/create", {{"name", "x"}, {"quota", kMost}}, bob);
    CHECK(created.status == 400);
    CHECK(created.detail().starts_with("quota: is more than any disk holds"));
    const auto modified = box.post(
        "/storage/modify", {{"name", "x"}, {"filesystem", {{"name", "x"}, {"quota", kMost}}}}, bob);
    CHECK(modified.status == 400);
    CHECK(modified.detail().starts_with("filesystem.quota: is more than any disk holds"));
    CHECK(box.submitted.empty());
  }

  TEST_CASE("wrong types in lists are refused, and say where") {
    Box box(all_routes);
    const auto root = box.token_of("root", true);
    CHECK(box.post("/audit/log", {{"account", 5}}, root).detail() == "account: must be a text");
    CHECK(box.post("/audit/log", {{"before_id", "x"}}, root).status == 400);
    CHECK(box.post("/audit/log", {{"limit", "x"}, {"offset", -1}}, root).status == 200);
    CHECK(box.post("/storage", {{"search", Json::array()}}, root).detail() ==
          "search: must be a text");
  }

  TEST_CASE("a copy of the store in townd's own directory is refused, with the reason") {
    Box box(all_routes);
    const auto root = box.token_of("root", true);
    box.services->own = "/tmp/town-own";
    for (const auto* place : {"/tmp/town-own", "/tmp/town-own/store/x", "/tmp/x/../town-own/y"}) {
      CAPTURE(place);
      const auto answer = box.post("/store/backup", {{"directory", place}}, root);
      CHECK(answer.status == 400);
      CHECK(answer.detail().find("a copy must outlive them") != std::string::npos);
    }
    const auto beside = box.post("/store/backup", {{"directory", "/tmp/town-own2/x"}}, root);
    CHECK(beside.status != 400);
  }
}

}  // namespace town::api

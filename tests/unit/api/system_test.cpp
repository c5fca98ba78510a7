// What the box offers beside packages, over its API: pages, disk images, system services,
// languages.
#include <doctest/doctest.h>

#include "api/locales.h"
#include "api/routes/routes.h"
#include "tests/unit/api/support.h"

namespace town::api {
namespace {

using Json = nlohmann::json;

Resource page(const std::string& name) {
  Resource resource;
  resource.key = {Kind::page, name};
  PageSpec spec;
  spec.domain = name;
  spec.created = spec.updated = 1893553445;
  resource.spec = spec;
  return resource;
}

TEST_SUITE("api/system") {
  TEST_CASE("a page's every field is always there, and times are RFC 3339") {
    Box box(all_routes);
    const auto token = box.token_of("ann", false);
    box.put(page("blog"));
    const auto list = box.get("/pages", token).json();
    REQUIRE(list["total_count"] == 1);
    const auto& entry = list["entries"][0];
    for (const char* field : {"name", "repo_url", "branch", "domain", "source_type", "image",
                              "image_directory", "status"}) {
      CAPTURE(field);
      CHECK(entry.at(field).is_string());
    }
    CHECK(entry["created_at"] == "2030-01-02T03:04:05Z");
  }

  TEST_CASE("changes of a page lie in fields; beside the name they count too, and fields wins") {
    Box box(all_routes);
    const auto token = box.token_of("ann", true);
    box.put(page("blog"));
    const Json body = {{"name", "blog"},
                       {"branch", "flat"},
                       {"domain", "flat.example"},
                       {"fields", {{"domain", "nested.example"}}}};
    CHECK(box.post("/pages/update", body, token).status == 200);
    REQUIRE(box.submitted.size() == 1);
    const auto& change = std::get<ChangePage>(box.submitted[0].requests.at(0));
    CHECK(change.branch == "flat");
    CHECK(change.domain == "nested.example");
    CHECK_FALSE(change.image.has_value());
    CHECK(box.post("/pages/update", {{"name", "blog"}, {"fields", 3}}, token).status == 400);
  }

  TEST_CASE("a rebuild names what stands in its way") {
    Box box(all_routes);
    const auto token = box.token_of("ann", true);
    CHECK(box.post("/pages/rebuild", {{"name", "none"}}, token).status == 404);
    box.put(page("blog"));
    const auto archive = box.post("/pages/rebuild", {{"name", "blog"}}, token);
    CHECK(archive.status == 400);
    CHECK(archive.detail().find("upload") != std::string::npos);
    auto git = page("wiki");
    std::get<PageSpec>(git.spec).source_type = "git";
    box.put(git);
    CHECK(box.post("/pages/rebuild", {{"name", "wiki"}}, token).status == 503);
  }

  TEST_CASE("no system service is configured, and each wrong word is told before that") {
    Box box(all_routes);
    const auto token = box.token_of("ann", true);
    CHECK(box.get("/system-services", token).body == "[]");
    const auto status = [&](const std::string& action) {
      return box.post("/system-services/status", {{"key", "grafana"}, {"action", action}}, token)
          .status;
    };
    CHECK(status("start") == 404);
    CHECK(status("enable") == 400);
    CHECK(box.get("/monitoring/status", token).json() == Json{{"status", "disabled"}});
    CHECK(box.get("/monitoring/grafana/d/1").status == 503);
  }

  TEST_CASE(
      "languages: 21 common ones and 87 more, each once, and what is populated is among them") {
    Box box(all_routes);
    const auto token = box.token_of("ann", false);
    const auto answer = box.get("/locales", token).json();
    CHECK(answer["current"] == "en-US");
    CHECK(answer["populated"] == Json{"en-US"});
    CHECK(answer["common_languages"].size() == 21);
    CHECK(answer["extended_locales"].size() == 87);
    std::set<std::string> codes;
    for (const char* list : {"common_languages", "extended_locales"}) {
      for (const auto& entry : answer[list]) codes.insert(entry["code"].get<std::string>());
    }
    CHECK(codes.size() == 108);
    CHECK(codes.count("en-US") == 1);
  }

  TEST_CASE("time zones are 76 names, UTC first") {
    Box box(all_routes);
    const auto zones = box.get("/packages/timezones", box.token_of("ann", false)).json();
    CHECK(zones.size() == 76);
    CHECK(zones[0] == "UTC");
    CHECK(std::set<std::string>(zones.begin(), zones.end()).size() == 76);
  }

  TEST_CASE("a disk image is removed by its base name alone") {
    Box box(all_routes);
    const auto token = box.token_of("ann", true);
    CHECK(box.get("/vm-images", token).body == "[]");
    CHECK(box.post("/vm-images/delete", {{"name", "/etc/../disk.raw"}}, token).status == 200);
    REQUIRE(box.submitted.size() == 1);
    CHECK(std::get<RemoveVmImage>(box.submitted[0].requests.at(0)).name == "disk.raw");
  }
}

}  // namespace
}  // namespace town::api

// Routes of packages and their repositories.
#include <doctest/doctest.h>

#include "api/routes/routes.h"
#include "tests/unit/api/support.h"
#include "tests/unit/box.h"

namespace town::api {

using Json = nlohmann::json;

TEST_SUITE("api/routes/packages") {
  TEST_CASE("describing an app shows its answers, but for secrets and what no question asks") {
    Box box(all_routes);
    PackageSpec spec;
    spec.repo = "default";
    spec.package = spec.name = "db";
    spec.version = "1.0";
    spec.definition =
        "image: db\nquestions:\n  pw: {query: \"Password?\", type: secret}\n  port: {query: "
        "\"Port?\", type: port}\n";
    spec.responses = {{"pw", Secret("hunter22")}, {"port", Secret("8080")}, {"old", Secret("x")}};
    Resource package;
    package.key = {Kind::package, "default/db"};
    package.spec = spec;
    box.put(package);
    const auto root = box.token_of("root", true);
    CHECK(box.get("/resources/package/default/db", root).json().at("spec").at("responses") ==
          Json{{"old", "***"}, {"port", "8080"}, {"pw", "***"}});
    Resource unit;
    unit.key = {Kind::unit, "default/db"};
    unit.owner = package.key;
    UnitSpec runs;
    runs.entrypoint = {"db"};
    runs.command = {"--port=8080", "--password=hunter22"};
    unit.spec = runs;
    box.put(unit);
    CHECK(box.get("/resources/unit/default/db", root).json().at("spec").at("command") ==
          Json{"--port=8080", "--password=***"});
  }

  TEST_CASE("a repository's new URL is fetched before the old one is given up") {
    Box box(all_routes);
    const auto root = box.token_of("root", true);
    Resource repository;
    repository.key = {Kind::repository, "mine"};
    repository.spec = RepositorySpec{"http://old/r", "", Secret(), 0};
    box.put(repository);
    std::vector<std::string> fetched;
    bool reachable = false;
    box.services->prepare = [&](const std::string& name, const RepositorySpec& spec) {
      CHECK(box.submitted.empty());
      fetched.push_back(name + " " + spec.url);
      if (!reachable) throw Error(Code::remote, "RepositoryNotFound", "there is no new/r");
    };
    const Json home = {{"repositories", {{{"name", "mine"}, {"url", "http://new/r"}}}}};
    const auto refused = box.post("/apply", home, root);
    CHECK(refused.status == 502);
    CHECK(refused.detail() == "there is no new/r");
    CHECK(box.submitted.empty());
    reachable = true;
    CHECK(box.post("/apply", home, root).status == 200);
    CHECK(fetched == std::vector<std::string>{"mine http://new/r", "mine http://new/r"});
    CHECK_FALSE(box.submitted.empty());
  }

  TEST_CASE("a preview names the kept data of an earlier install, and what it is warned of") {
    Box box(all_routes);
    const auto bob = box.token_of("bob", false);
    auto offers = std::make_shared<RepositoryOffers>();
    offers->name = "default";
    offers->packages["web"]["1.1"] = test::offer(
        "web", "1.1",
        "image: web\ncommand: [\"@pw@\"]\nquestions:\n  pw: {query: \"P?\", type: secret}\n");
    box.catalog =
        std::make_shared<Catalog>(std::vector<std::shared_ptr<const RepositoryOffers>>{offers});
    const Json which = {{"name", "web"}, {"version", "1.1"}};
    CHECK_FALSE(box.post("/packages/install-preview", which, bob).json().contains("kept_versions"));
    Resource volume;
    volume.key = {Kind::volume, "uninstalled/default/web/1.0/html"};
    volume.spec = VolumeSpec{"id", volume.key.name, 5, {}, {}};
    box.put(volume);
    const auto preview = box.post("/packages/install-preview", which, bob).json();
    CHECK(preview.at("kept_versions") == Json::array({"1.0"}));
    CHECK(preview.at("warnings").at(0).at("field") == "command[0]");
    box.services->preview = [](const Intent&) {
      Preview all;
      all.warnings.push_back({"reuse_volumes", "there is data"});
      return all;
    };
    CHECK(box.post("/packages/install-preview", which, bob).json().at("warnings") ==
          Json::array({{{"field", "reuse_volumes"}, {"message", "there is data"}}}));
  }

  TEST_CASE("answers of type secret are masked for those who are no admins") {
    Box box(all_routes);
    PackageSpec spec;
    spec.repo = "default";
    spec.package = spec.name = "db";
    spec.version = "1.0";
    spec.definition =
        "image: db\nquestions:\n  pw: {query: \"Password?\", type: secret}\n  user: {query: "
        "\"User?\"}\n"
        "notes:\n  Login: {value: \"@user@ / @pw@\"}\n";
    spec.responses = {{"pw", Secret("hunter22")}, {"user", Secret("me")}};
    Resource package;
    package.key = {Kind::package, "default/db"};
    package.spec = spec;
    box.put(package);
    const Json which = {{"repo", "default"}, {"name", "db"}, {"version", "1.0"}};
    const auto root = box.token_of("root", true);
    const auto bob = box.token_of("bob", false);
    CHECK(box.post("/packages/responses", which, root).json() ==
          Json{{"pw", "hunter22"}, {"user", "me"}});
    CHECK(box.post("/packages/responses", which, bob).json() ==
          Json{{"pw", "***"}, {"user", "me"}});
    CHECK(box.post("/packages/installed/info", which, root).json().at("notes").at("Login") ==
          "me / hunter22");
    CHECK(box.post("/packages/installed/info", which, bob).json().at("notes").at("Login") ==
          "me / ***");
    CHECK(box.post("/packages/responses", {{"repo", "x"}, {"name", "y"}, {"version", "1"}}, bob)
              .json() == Json::object());
    CHECK(box.get("/packages/installed", bob).json().at("entries") ==
          Json::array({"default/db@1.0"}));
  }

  TEST_CASE("an unknown name finds nothing, and what can be no name is refused") {
    Box box(all_routes);
    const auto root = box.token_of("root", true);
    CHECK(box.post("/packages/versions", {{"name", "nothing"}}, root).json() == Json::array());
    const Json which = {{"repo", "a"}, {"name", "b"}, {"version", "1"}};
    for (const auto* path :
         {"/packages/versions", "/packages/questions", "/packages/questions/identity",
          "/packages/install-preview", "/packages/install", "/packages/uninstall",
          "/packages/installed/info", "/packages/responses", "/packages/last-responses",
          "/packages/clear-last-responses", "/packages/children", "/packages/uninstalled-volumes",
          "/packages/purge-volumes", "/packages/purge-uninstalled-volumes", "/packages/disable",
          "/packages/enable", "/repository/remove"}) {
      for (const auto& name : {std::string("../x"), std::string(300, 'a'), std::string("a b"),
                               std::string(), std::string("a\0", 2)}) {
        CAPTURE(path);
        CAPTURE(name);
        auto body = which;
        body["name"] = name;
        const auto answer = box.post(path, body, root);
        CHECK(answer.status == 400);
        CHECK(answer.detail().starts_with("name: "));
      }
    }
    CHECK(box.submitted.empty());
  }
}

}  // namespace town::api

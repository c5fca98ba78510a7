// The graph as the API shows it.
#include <doctest/doctest.h>

#include "api/routes/routes.h"
#include "tests/unit/api/support.h"

namespace town::api {
namespace {

using Json = nlohmann::json;

/// Takes one event and goes.
class OneEvent final : public StreamSink {
 public:
  bool write(std::string_view bytes) override {
    if (!text.empty()) return false;
    text = bytes;
    return true;
  }
  std::string text;
};

}  // namespace

TEST_SUITE("api/resources") {
  TEST_CASE("a resource is told with its needs, and secrets are masked") {
    Box box(all_routes);
    const auto bob = box.token_of("bob", false);
    Resource repository;
    repository.key = {Kind::repository, "mine"};
    repository.spec = RepositorySpec{"http://h/r", "me", Secret("hunter2"), 0};
    repository.needs = {{Kind::image, "gone"}};
    box.put(repository, ConditionType::degraded, "the host does not answer");
    const auto answer = box.get("/resources/repository/mine", bob);
    CHECK(answer.body.find("hunter2") == std::string::npos);
    const auto shown = answer.json();
    CHECK(shown.at("word") == "Degraded");
    CHECK(shown.at("message") == "the host does not answer");
    CHECK(shown.at("needs")[0].at("word") == "Missing");
    CHECK(box.get("/resources?kind=repository", bob).json().at("total_count") == 1);
    CHECK(box.get("/resources?kind=gadget", bob).status == 400);
    CHECK(box.get("/resources/volume/none", bob).status == 404);
  }

  TEST_CASE("the story of an app is that of its parts, each of them named, newest first") {
    Box box(all_routes);
    const auto bob = box.token_of("bob", false);
    const Key app{Kind::package, "default/web"};
    Resource package;
    package.key = app;
    package.spec = PackageSpec{};
    box.put(package);
    for (const auto& [kind, message] :
         {std::pair{Kind::image, "no such image"}, std::pair{Kind::unit, "waits for its image"}}) {
      Resource part;
      part.key = {kind, "default/web"};
      part.spec = kind == Kind::image ? Spec(ImageSpec{"web"}) : Spec(UnitSpec{});
      part.owner = app;
      box.put(part, ConditionType::degraded, message);
      Event event;
      event.key = part.key;
      event.reason = "Test";
      event.message = message;
      box.store->report({}, {event}, {}, "");
    }
    const auto shown = box.get("/resources/package/default/web", bob).json();
    const auto& events = shown.at("events");
    REQUIRE(events.size() == 2);
    CHECK(events[0].at("key") == "unit/default/web");
    CHECK(events[1].at("key") == "image/default/web");
    const auto& conditions = shown.at("status").at("conditions");
    REQUIRE(conditions.size() == 2);
    CHECK(conditions[0].at("type") == "Degraded");
    CHECK(conditions[0].at("message") == "image/default/web: no such image");
    CHECK(conditions[1].at("part") == "unit/default/web");
  }

  TEST_CASE("the stream of changes begins with a relist where the past is not known") {
    Box box(all_routes);
    std::stop_source stop;
    stop.request_stop();
    box.services->stopping = stop.get_token();
    const auto bob = box.token_of("bob", false);
    const auto answer = box.get("/events", bob);
    CHECK(answer.status == 200);
    CHECK(answer.response.content_type == "text/event-stream");
    CHECK(box.get("/events?since=x", bob).status == 400);
  }

  TEST_CASE("a stream goes on where it was left only within one run of the box") {
    Box box(all_routes);
    const auto bob = box.token_of("bob", false);
    for (const auto* name : {"a", "b", "c"}) {
      Resource setting;
      setting.key = {Kind::setting, name};
      setting.spec = SettingSpec{"x"};
      box.put(setting);
    }
    const auto first_event = [&](const std::string& since, const std::string& epoch) {
      HttpRequest request;
      request.method = "GET";
      request.path = "/events";
      request.query = {{"since", since}, {"epoch", epoch}};
      request.headers["authorization"] = "Bearer " + bob;
      OneEvent sink;
      box.dispatcher->handle(request).stream(sink);
      return Json::parse(sink.text.substr(6));
    };
    const auto all = box.store->snapshot().revision;
    const auto resumed = first_event(std::to_string(all - 1), "boot-1");
    CHECK_FALSE(resumed.contains("relist"));
    CHECK(resumed.at("revision") == all);
    CHECK(resumed.at("epoch") == "boot-1");
    // The numbers fit, but another run gave them: what it lost in a power cut had them, too.
    const auto other = first_event(std::to_string(all - 1), "boot-0");
    CHECK(other.at("relist") == true);
    CHECK(other.at("epoch") == "boot-1");
    CHECK(first_event(std::to_string(all - 1), "").at("relist") == true);
  }
}

}  // namespace town::api

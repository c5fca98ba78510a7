#include "api/http.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "api/fields.h"
#include "api/sse.h"
#include "state/error.h"

namespace town::api {
namespace {

using Json = nlohmann::json;

class Recorder final : public StreamSink {
 public:
  explicit Recorder(int accepts) : accepts_(accepts) {}
  bool write(std::string_view bytes) override {
    if (accepts_-- <= 0) return false;
    text += bytes;
    return true;
  }
  std::string text;

 private:
  int accepts_;
};

}  // namespace

TEST_SUITE("api/http") {
  TEST_CASE("an event is one line of JSON after \"data: \", and a blank line") {
    Recorder sink(10);
    EventStream events(sink);
    CHECK(events.send({{"step", "two\nlines"}}));
    CHECK(sink.text == "data: {\"step\":\"two\\nlines\"}\n\n");
  }

  TEST_CASE("a heartbeat is a comment, and none follows close upon something else") {
    Recorder sink(10);
    EventStream events(sink);
    CHECK(events.heartbeat());
    CHECK(sink.text == ":\n\n");
    CHECK(events.heartbeat());
    CHECK(sink.text == ":\n\n");
  }

  TEST_CASE("a stream whose reader has gone stays closed") {
    Recorder sink(1);
    EventStream events(sink);
    CHECK(events.send({{"n", 1}}));
    CHECK_FALSE(events.send({{"n", 2}}));
    CHECK_FALSE(events.heartbeat());
    CHECK_FALSE(events.open());
  }

  TEST_CASE("JSON that is broken or nested without end is refused") {
    CHECK_THROWS_AS(parse_json(""), Error);
    CHECK_THROWS_AS(parse_json("{\"a\":"), Error);
    CHECK_THROWS_AS(parse_json("{\"a\":\"\xff\"}"), Error);
    CHECK_THROWS_AS(parse_json(std::string(1000, '[') + std::string(1000, ']')), Error);
    CHECK(parse_json(R"({"a":[1]})").at("a").at(0) == 1);
  }

  TEST_CASE("bytes that are no UTF-8 do not fail an answer") {
    CHECK(dump(Json{{"m", "a\xff"}}) == "{\"m\":\"a\xEF\xBF\xBD\"}");
  }
}

TEST_SUITE("api/fields") {
  TEST_CASE("missing members and null are the zero value") {
    const Json body = {{"a", nullptr}};
    Fields fields(body);
    CHECK(fields.text("a").empty());
    CHECK_FALSE(fields.flag("b"));
    CHECK(fields.bytes("c") == 0);
    CHECK(fields.texts("d").empty());
    CHECK_NOTHROW(fields.check());
  }

  TEST_CASE("all faults come in one go") {
    const Json body = {{"name", 3}, {"quota", -1}, {"responses", {{"port", 80}}}};
    Fields fields(body);
    fields.required("name");
    fields.bytes("quota");
    fields.texts("responses");
    fields.required("url");
    try {
      fields.check();
      FAIL("no fault was found");
    } catch (const InvalidInput& error) {
      REQUIRE(error.faults().size() == 4);
      CHECK(error.faults()[0].field == "name");
      CHECK(error.faults()[1].field == "quota");
      CHECK(error.faults()[2].field == "responses.port");
      CHECK(error.faults()[3].field == "url");
    }
  }

  TEST_CASE("a byte count may be as large as 2^64-1") {
    const Json body = {{"quota", 18446744073709551615ULL}};
    Fields fields(body);
    CHECK(fields.bytes("quota") == 18446744073709551615ULL);
    CHECK_NOTHROW(fields.check());
  }
}

}  // namespace town::api

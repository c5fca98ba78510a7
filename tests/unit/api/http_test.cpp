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

  TEST_CASE("what is wrong with JSON is said in a sentence that names the field") {
    const auto fault = [](std::string_view text) {
      try {
        parse_json(text);
      } catch (const InvalidInput& error) {
        return error.faults().at(0).field + ": " + error.faults().at(0).message;
      }
      return std::string("was taken");
    };
    CHECK(fault(R"({"a":1e999})") == "a: the number is too large");
    CHECK(fault(R"({"a":{"b":[0,{"c":-1e999}]}})") == "a.b[1].c: the number is too large");
    CHECK(fault(R"({"a":1,"b":{"c":1,"c":2}})") == "b.c: is given twice");
    CHECK(fault("{\"a\":\"\xff\"}").starts_with("a: the text is not valid UTF-8"));
    CHECK(
        fault(std::string_view("{\"a\":\"x\0y\"}", 11)).starts_with("a: the text holds a control"));
    CHECK(fault("{\"a\":tru}").starts_with("a: the body is not valid JSON (at byte"));
    CHECK(fault(std::string(100'000, '[')).find("nested too deeply") != std::string::npos);
    CHECK(fault("{\"a\":" + std::string(100'000, '[')).starts_with("a[0][0]"));
    CHECK(parse_json(R"({"a":{"x":1},"b":[{"x":1},{"x":2}],"x":1e308})").at("b")[1].at("x") == 2);
    CHECK(parse_json("18446744073709551615").get<std::uint64_t>() == ~std::uint64_t{0});
    CHECK(parse_json("\"\\u0000\"").get<std::string>().size() == 1);
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

  TEST_CASE("a text with a NUL, an odd name and a number beyond its type are faults") {
    const Json body = {{"text", std::string(3, '\0')},
                       {"responses", {{"pw", std::string("a\0b", 3)}}},
                       {"up", "../x"},
                       {"long", std::string(300, 'a')},
                       {"odd", "a b"},
                       {"hyphen", "-a"},
                       {"accent", "caf\xC3\xA9"},
                       {"fine", "nginx-2.0_b"},
                       {"longest", std::string(255, 'a')},
                       {"empty", ""},
                       {"number", 18446744073709551615ULL}};
    Fields fields(body);
    fields.text("text");
    fields.texts("responses");
    for (const char* name : {"up", "long", "odd", "hyphen", "accent"}) fields.required_name(name);
    fields.required_name("empty");
    fields.integer("number");
    CHECK(fields.required_name("fine") == "nginx-2.0_b");
    fields.required_name("longest");
    fields.name("empty");
    try {
      fields.check();
      FAIL("no fault was found");
    } catch (const InvalidInput& error) {
      std::vector<std::string> at;
      for (const auto& fault : error.faults()) at.push_back(fault.field);
      CHECK(at == std::vector<std::string>{"text", "responses.pw", "up", "long", "odd", "hyphen",
                                           "accent", "empty", "number"});
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

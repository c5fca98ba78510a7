#include "api/http.h"

#include <nlohmann/json.hpp>

#include "state/error.h"

namespace town::api {
namespace {

constexpr int kDeepest = 64;

std::string value_in(const std::map<std::string, std::string>& map, const std::string& name) {
  const auto found = map.find(name);
  return found == map.end() ? std::string() : found->second;
}

}  // namespace

std::string HttpRequest::header(const std::string& name) const { return value_in(headers, name); }

std::string HttpRequest::parameter(const std::string& name) const { return value_in(query, name); }

BodyReader body_of(std::string text) {
  return [text = std::move(text)](const BodySink& sink) { return sink(text); };
}

HttpResponse json_answer(const nlohmann::json& value) {
  HttpResponse response;
  response.content_type = "application/json";
  response.body = dump(value);
  return response;
}

HttpResponse void_answer() { return {}; }

std::string dump(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

nlohmann::json parse_json(std::string_view text) {
  using Event = nlohmann::json::parse_event_t;
  const auto bounded = [](int depth, Event event, const nlohmann::json&) {
    const bool opens = event == Event::object_start || event == Event::array_start;
    if (opens && depth >= kDeepest) {
      throw Error(Code::invalid, "MalformedJson", "the JSON is nested too deeply");
    }
    return true;
  };
  try {
    return nlohmann::json::parse(text, bounded);
  } catch (const nlohmann::json::parse_error& error) {
    throw Error(Code::invalid, "MalformedJson",
                "the body is not valid JSON (at byte " + std::to_string(error.byte) + ")");
  }
}

}  // namespace town::api

#include "api/http.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "state/error.h"

namespace town::api {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kDeepest = 64;
constexpr std::size_t kLongestPath = 200;  ///< of a field, as a fault names it

/// What the parser found, as a sentence. Its own words speak of lexers and tokens.
std::string sentence_of(std::size_t position, const Json::exception& error) {
  constexpr int kOutOfRange = 406;  // its id in the library's manual
  const std::string_view words = error.what();
  if (error.id == kOutOfRange) return "the number is too large";
  const auto at = " (at byte " + std::to_string(position) + ")";
  if (words.find("UTF-8") != std::string_view::npos) return "the text is not valid UTF-8" + at;
  if (words.find("control character") != std::string_view::npos) {
    return "the text holds a control character that is not escaped" + at;
  }
  return "the body is not valid JSON" + at;
}

/// Makes the value as it is read, and knows where it stands, so that a fault names its field.
class Builder final : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(number_integer_t value) override { return put(value); }
  bool number_unsigned(number_unsigned_t value) override { return put(value); }
  bool number_float(number_float_t value, const string_t&) override { return put(value); }
  bool string(string_t& value) override { return put(std::move(value)); }
  bool binary(binary_t&) override { fail("is no JSON"); }  // of other formats; JSON has none
  bool start_object(std::size_t) override { return open(Json::object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    auto& place = places_.back();
    place.key = std::move(name);
    if (place.value->contains(place.key)) fail("is given twice");
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const Json::exception& e) override {
    fail(sentence_of(position, e));
  }

  Json take() { return std::move(root_); }

 private:
  struct Place {
    Json* value;      ///< an object or a list that is not closed yet
    std::string key;  ///< of the member that is being read
  };

  Json* add(Json value) {
    if (places_.empty()) return &(root_ = std::move(value));
    auto& place = places_.back();
    if (place.value->is_object()) return &((*place.value)[place.key] = std::move(value));
    return &place.value->emplace_back(std::move(value));
  }

  bool put(Json value) {
    add(std::move(value));
    return true;
  }

  bool open(Json empty) {
    if (places_.size() >= kDeepest) {
      fail("the JSON is nested too deeply: more than " + std::to_string(kDeepest) + " levels");
    }
    places_.push_back({add(std::move(empty)), {}});
    return true;
  }

  bool close() {
    places_.pop_back();
    if (!places_.empty()) places_.back().key.clear();
    return true;
  }

  [[nodiscard]] std::string path() const {
    std::string text;
    for (const auto& place : places_) {
      if (place.value->is_array()) {
        // An item that is open is in its list already, one that is read just now is not.
        const auto at = place.value->size() - (&place == &places_.back() ? 0U : 1U);
        text += "[" + std::to_string(at) + "]";
      } else if (!place.key.empty()) {
        text += (text.empty() ? "" : ".") + place.key;
      }
      if (text.size() > kLongestPath) return text.substr(0, kLongestPath) + "…";
    }
    return text;
  }

  [[noreturn]] void fail(const std::string& message) const {
    throw InvalidInput("MalformedJson", {{path(), message}});
  }

  Json root_;
  std::vector<Place> places_;
};

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

HttpResponse json_answer(const Json& value) {
  HttpResponse response;
  response.content_type = "application/json";
  response.body = dump(value);
  return response;
}

HttpResponse void_answer() { return {}; }

std::string dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json parse_json(std::string_view text) {
  Builder builder;
  Json::sax_parse(text, &builder);
  return builder.take();
}

}  // namespace town::api

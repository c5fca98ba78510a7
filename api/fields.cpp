#include "api/fields.h"

#include <nlohmann/json.hpp>

namespace town::api {

using Json = nlohmann::json;

Fields::Fields(const Json& body, std::string prefix) : body_(body), prefix_(std::move(prefix)) {}

const Json* Fields::find(const char* name) const {
  if (!body_.is_object()) return nullptr;
  const auto found = body_.find(name);
  return found == body_.end() || found->is_null() ? nullptr : &*found;
}

bool Fields::has(const char* name) const {
  return body_.is_object() && body_.find(name) != body_.end();
}

std::optional<std::string> Fields::optional_text(const char* name) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_string()) return value->get<std::string>();
  fault(name, "must be a text");
  return std::nullopt;
}

std::string Fields::text(const char* name) { return optional_text(name).value_or(""); }

std::string Fields::required(const char* name) {
  const auto before = faults_.size();
  auto value = text(name);
  if (value.empty() && faults_.size() == before) fault(name, "is required");
  return value;
}

bool Fields::flag(const char* name) {
  const auto* value = find(name);
  if (value == nullptr) return false;
  if (value->is_boolean()) return value->get<bool>();
  fault(name, "must be true or false");
  return false;
}

std::int64_t Fields::integer(const char* name) {
  const auto* value = find(name);
  if (value == nullptr) return 0;
  if (value->is_number_integer()) return value->get<std::int64_t>();
  fault(name, "must be a whole number");
  return 0;
}

std::uint64_t Fields::bytes(const char* name) {
  const auto* value = find(name);
  if (value == nullptr) return 0;
  if (value->is_number_unsigned()) return value->get<std::uint64_t>();
  fault(name, "must be a number of bytes, 0 or more");
  return 0;
}

std::map<std::string, std::string> Fields::texts(const char* name) {
  const auto* value = find(name);
  if (value == nullptr) return {};
  std::map<std::string, std::string> all;
  if (!value->is_object()) {
    fault(name, "must be an object of texts");
    return all;
  }
  for (const auto& [key, text] : value->items()) {
    if (text.is_string()) {
      all.emplace(key, text.get<std::string>());
    } else {
      faults_.push_back({prefix_ + name + "." + key, "must be a text"});
    }
  }
  return all;
}

void Fields::fault(const char* name, const std::string& message) {
  faults_.push_back({prefix_ + name, message});
}

void Fields::check() const {
  if (!faults_.empty()) throw InvalidInput("InvalidRequest", faults_);
}

}  // namespace town::api

#include "api/fields.h"

#include <algorithm>
#include <cctype>
#include <limits>
#include <nlohmann/json.hpp>

namespace town::api {

using Json = nlohmann::json;

namespace {

/// Names and paths end at one in half of what they are handed to.
constexpr const char* kNoNul = "must not hold a NUL character";

/// Longest part of a path that file systems take.
constexpr std::size_t kLongestName = 255;

bool is_plain_name(const std::string& text) {
  const auto plain = [](unsigned char c) { return std::isalnum(c) != 0 && c < 128; };
  if (text.empty() || text.size() > kLongestName) return false;
  if (!plain(static_cast<unsigned char>(text.front()))) return false;
  return std::all_of(text.begin(), text.end(),
                     [&](unsigned char c) { return plain(c) || c == '.' || c == '_' || c == '-'; });
}

}  // namespace

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
  if (!value->is_string()) {
    fault(name, "must be a text");
    return std::nullopt;
  }
  auto text = value->get<std::string>();
  if (text.find('\0') != std::string::npos) fault(name, kNoNul);
  return text;
}

std::string Fields::text(const char* name) { return optional_text(name).value_or(""); }

std::string Fields::required(const char* name) {
  const auto before = faults_.size();
  auto value = text(name);
  if (value.empty() && faults_.size() == before) fault(name, "is required");
  return value;
}

std::string Fields::name(const char* field) {
  auto value = text(field);
  if (!value.empty() && !is_plain_name(value)) {
    fault(field,
          "must begin with a letter or digit and hold letters, digits and . _ - only, at most 255");
  }
  return value;
}

std::string Fields::required_name(const char* field) {
  const auto before = faults_.size();
  auto value = name(field);
  if (value.empty() && faults_.size() == before) fault(field, "is required");
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
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  const bool fits = !value->is_number_unsigned() || value->get<std::uint64_t>() <= kMost;
  if (value->is_number_integer() && fits) return value->get<std::int64_t>();
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
    if (!text.is_string()) {
      faults_.push_back({prefix_ + name + "." + key, "must be a text"});
      continue;
    }
    auto value_text = text.get<std::string>();
    if (value_text.find('\0') != std::string::npos) {
      faults_.push_back({prefix_ + name + "." + key, kNoNul});
    }
    all.emplace(key, std::move(value_text));
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

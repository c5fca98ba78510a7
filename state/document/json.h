// Structs to JSON and back, along document/fields.h. Inside state/ only.
#pragma once

#include <nlohmann/json.hpp>

#include "state/document/pack.h"

namespace town::document {

template <typename T>
nlohmann::json json_of(const T& value, Secrets secrets) {
  if constexpr (Described<T>) {
    auto json = nlohmann::json::object();
    for_each_field<T>([&](const auto& field) {
      json[std::string(field.name)] = json_of(value.*field.member, secrets);
    });
    return json;
  } else if constexpr (std::is_same_v<T, Secret>) {
    return secrets == Secrets::mask ? "***" : value.reveal();
  } else if constexpr (std::is_same_v<T, Key> || std::is_same_v<T, ConditionType>) {
    return to_string(value);
  } else if constexpr (std::is_same_v<T, Time>) {
    return to_rfc3339(value);
  } else if constexpr (IsOptional<T>::value) {
    return value ? json_of(*value, secrets) : nlohmann::json(nullptr);
  } else if constexpr (IsVector<T>::value) {
    auto json = nlohmann::json::array();
    for (const auto& item : value) json.push_back(json_of(item, secrets));
    return json;
  } else if constexpr (IsMap<T>::value) {
    auto json = nlohmann::json::object();
    for (const auto& [name, item] : value) json[name] = json_of(item, secrets);
    return json;
  } else {
    return value;
  }
}

template <typename T>
void number_from_json(const nlohmann::json& json, T& value) {
  if (!json.is_number_integer()) bad_document("a whole number is expected");
  if (json.is_number_unsigned()) {
    const auto number = json.get<std::uint64_t>();
    value = static_cast<T>(number);
    if (value < 0 || static_cast<std::uint64_t>(value) != number)
      bad_document("a number is too large");
  } else {
    const auto number = json.get<std::int64_t>();
    value = static_cast<T>(number);
    if (std::is_unsigned_v<T> || static_cast<std::int64_t>(value) != number) {
      bad_document("a number is too small");
    }
  }
}

/// Throws Error{internal, BadDocument} where the JSON does not fit.
template <typename T>
void value_from_json(const nlohmann::json& json, T& value);

inline std::string text_from_json(const nlohmann::json& json) {
  if (!json.is_string()) bad_document("a text is expected");
  return json.get<std::string>();
}

template <typename T>
void fields_from_json(const nlohmann::json& json, T& value) {
  if (!json.is_object()) bad_document("an object is expected");
  for_each_field<T>([&](const auto& field) {
    const auto member = json.find(field.name);
    if (member != json.end()) value_from_json(*member, value.*field.member);
  });
}

template <typename T>
void value_from_json(const nlohmann::json& json, T& value) {
  if constexpr (Described<T>) {
    fields_from_json(json, value);
  } else if constexpr (std::is_same_v<T, std::string>) {
    value = text_from_json(json);
  } else if constexpr (std::is_same_v<T, bool>) {
    if (!json.is_boolean()) bad_document("true or false is expected");
    value = json.get<bool>();
  } else if constexpr (std::is_integral_v<T>) {
    number_from_json(json, value);
  } else if constexpr (std::is_same_v<T, Secret>) {
    value = Secret(text_from_json(json));
  } else if constexpr (std::is_same_v<T, Key>) {
    value = key_from_text(text_from_json(json));
  } else if constexpr (std::is_same_v<T, ConditionType>) {
    value = condition_type_from_text(text_from_json(json));
  } else if constexpr (std::is_same_v<T, Time>) {
    value = from_rfc3339(text_from_json(json));
  } else if constexpr (IsOptional<T>::value) {
    value.reset();
    if (!json.is_null()) value_from_json(json, value.emplace());
  } else if constexpr (IsVector<T>::value) {
    if (!json.is_array()) bad_document("a list is expected");
    value.clear();
    for (const auto& item : json) value_from_json(item, value.emplace_back());
  } else {
    static_assert(IsMap<T>::value, "document/json.h does not know this type");
    if (!json.is_object()) bad_document("an object is expected");
    value.clear();
    for (const auto& [name, item] : json.items()) value_from_json(item, value[name]);
  }
}

template <typename T>
T from_json(const nlohmann::json& json) {
  T value{};
  value_from_json(json, value);
  return value;
}

}  // namespace town::document

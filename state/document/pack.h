// Structs to the store's documents and back, along document/fields.h. Inside state/ only.
// A member at its default is left out: documents stay small, and a member added later changes
// neither the documents nor the digests of what was there before.
#pragma once

#include <optional>
#include <type_traits>

#include "state/document/fields.h"
#include "state/document/msgpack.h"
#include "state/error.h"

namespace town::document {

template <typename T>
struct IsOptional : std::false_type {};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <typename T>
struct IsVector : std::false_type {};
template <typename T>
struct IsVector<std::vector<T>> : std::true_type {};
template <typename T>
struct IsMap : std::false_type {};
template <typename T>
struct IsMap<std::map<std::string, T>> : std::true_type {};

/// Throws Error{internal, BadDocument}.
[[noreturn]] void bad_document(const std::string& what);

/// The key or the type of condition that is written there; throws Error{internal, BadDocument}.
Key key_from_text(std::string_view text);
ConditionType condition_type_from_text(std::string_view text);

template <typename T>
void pack(Packer& out, const T& value);

template <Described T>
void pack_fields(Packer& out, const T& value) {
  [[maybe_unused]] static const T defaults{};  // unused where the compiler knows all of it
  std::size_t count = 0;
  for_each_field<T>([&](const auto& field) {
    if (!(value.*field.member == defaults.*field.member)) ++count;
  });
  out.map(count);
  for_each_field<T>([&](const auto& field) {
    if (value.*field.member == defaults.*field.member) return;
    out.text(field.name);
    pack(out, value.*field.member);
  });
}

template <typename T>
void pack(Packer& out, const T& value) {
  if constexpr (Described<T>) {
    pack_fields(out, value);
  } else if constexpr (std::is_same_v<T, std::string>) {
    out.text(value);
  } else if constexpr (std::is_same_v<T, bool>) {
    out.boolean(value);
  } else if constexpr (std::is_unsigned_v<T>) {
    out.natural(value);
  } else if constexpr (std::is_signed_v<T>) {
    out.integer(value);
  } else if constexpr (std::is_same_v<T, Secret>) {
    out.text(value.reveal());
  } else if constexpr (std::is_same_v<T, Key> || std::is_same_v<T, ConditionType>) {
    out.text(to_string(value));
  } else if constexpr (std::is_same_v<T, Time>) {
    out.integer(value.time_since_epoch().count());
  } else if constexpr (IsOptional<T>::value) {
    value ? pack(out, *value) : out.nil();
  } else if constexpr (IsVector<T>::value) {
    out.array(value.size());
    for (const auto& item : value) pack(out, item);
  } else {
    static_assert(IsMap<T>::value, "document/pack.h does not know this type");
    out.map(value.size());
    for (const auto& [name, item] : value) {
      out.text(name);
      pack(out, item);
    }
  }
}

template <typename T>
void unpack(Unpacker& in, T& value);

template <typename T>
void unpack_number(Unpacker& in, T& value) {
  if constexpr (std::is_unsigned_v<T>) {
    const auto number = in.natural();
    value = static_cast<T>(number);
    if (value != number) bad_document("a number is too large");
  } else {
    const auto number = in.integer();
    value = static_cast<T>(number);
    if (value != number) bad_document("a number is too large");
  }
}

/// Members come in the order of `Fields` unless an older or newer townd wrote them, so one walk
/// along the fields finds nearly all; what no field knows is skipped.
template <Described T>
void unpack_fields(Unpacker& in, T& value) {
  std::size_t left = in.map();
  std::string_view name = left > 0 ? in.text() : std::string_view{};
  while (left > 0) {
    const std::size_t before = left;
    for_each_field<T>([&](const auto& field) {
      if (left == 0 || name != field.name) return;
      unpack(in, value.*field.member);
      if (--left > 0) name = in.text();
    });
    if (left != before) continue;
    in.skip();
    if (--left > 0) name = in.text();
  }
}

template <typename T>
void unpack(Unpacker& in, T& value) {
  if constexpr (Described<T>) {
    unpack_fields(in, value);
  } else if constexpr (std::is_same_v<T, std::string>) {
    value = in.text();
  } else if constexpr (std::is_same_v<T, bool>) {
    value = in.boolean();
  } else if constexpr (std::is_integral_v<T>) {
    unpack_number(in, value);
  } else if constexpr (std::is_same_v<T, Secret>) {
    value = Secret(std::string(in.text()));
  } else if constexpr (std::is_same_v<T, Key>) {
    value = key_from_text(in.text());
  } else if constexpr (std::is_same_v<T, ConditionType>) {
    value = condition_type_from_text(in.text());
  } else if constexpr (std::is_same_v<T, Time>) {
    value = Time(Time::duration(in.integer()));
  } else if constexpr (IsOptional<T>::value) {
    value.reset();
    if (!in.nil()) unpack(in, value.emplace());
  } else if constexpr (IsVector<T>::value) {
    value.resize(in.array());
    for (auto& item : value) unpack(in, item);
  } else {
    static_assert(IsMap<T>::value, "document/pack.h does not know this type");
    for (std::size_t left = in.map(); left > 0; --left) {
      auto at = value.emplace_hint(value.end(), std::string(in.text()), typename T::mapped_type{});
      unpack(in, at->second);
    }
  }
}

template <typename T>
std::string to_bytes(const T& value) {
  Packer out;
  pack(out, value);
  return out.take();
}

template <typename T>
T from_bytes(std::string_view bytes) {
  Unpacker in(bytes);
  T value{};
  unpack(in, value);
  return value;
}

}  // namespace town::document

// Reads the members of a request body and gathers every fault, so that a client can mend all in one
// go. Belongs to one request.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "state/error.h"

namespace town::api {

/// Missing members and null mean the zero value; a member of another type is a fault, and so is a
/// NUL character in a text.
class Fields {
 public:
  /// `body` must outlive this. `prefix` stands before each field's name in a fault ("fields.").
  explicit Fields(const nlohmann::json& body, std::string prefix = {});

  std::string text(const char* name);
  /// A fault where it is missing or empty.
  std::string required(const char* name);
  /// The name of a package, version, repository or instance: one plain segment of a path. May be
  /// missing or empty; another text is a fault.
  std::string name(const char* field);
  /// The same; missing or empty is a fault, too.
  std::string required_name(const char* field);
  std::optional<std::string> optional_text(const char* name);
  bool flag(const char* name);
  std::int64_t integer(const char* name);
  /// A byte count: a plain JSON number from 0 to 2^64-1.
  std::uint64_t bytes(const char* name);
  /// An object whose values are texts.
  std::map<std::string, std::string> texts(const char* name);
  [[nodiscard]] bool has(const char* name) const;

  void fault(const char* name, const std::string& message);
  /// Throws InvalidInput where there was any fault.
  void check() const;

 private:
  [[nodiscard]] const nlohmann::json* find(const char* name) const;

  const nlohmann::json& body_;
  std::string prefix_;
  Diagnostics faults_;
};

}  // namespace town::api

// What the contract's tables share: packages as an outsider sees them, through the two commands.
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "engine/package/describe_json.h"
#include "tests/unit/engine/package/support.h"

namespace town::package {

using FieldSet = std::set<std::string>;
using Texts = std::map<std::string, std::string>;

/// The fields at fault in a command's answer, which is checked for its form on the way.
inline FieldSet fields_in(const CommandResult& result) {
  const auto body = nlohmann::json::parse(result.json);
  FieldSet fields;
  for (const auto& error : body.value("errors", nlohmann::json::array())) {
    CHECK_FALSE(error.at("message").get<std::string>().empty());
    fields.insert(error.at("field").get<std::string>());
  }
  CHECK(result.exit_code == (fields.empty() ? 0 : 1));
  CHECK(body.at("warnings").is_array());
  return fields;
}

inline CompileOptions contract_options(Texts responses = {}) {
  const AnswerContext chance = test_context();
  CompileOptions options;
  options.name = "app";
  options.version = "1.0";
  options.responses = std::move(responses);
  options.free_port = chance.free_port;
  options.random_hex = chance.random_hex;
  return options;
}

/// A package file, and the fields that `package validate` must name: these and no others.
struct FaultRow {
  const char* section;  ///< of the format
  std::string yaml;
  FieldSet fields;
};

/// Validates each, and compiles it: what is wrong with a file is wrong whatever the answers are.
inline void check_faults(const std::vector<FaultRow>& rows) {
  for (const auto& row : rows) {
    CAPTURE(row.section);
    CAPTURE(row.yaml);
    CHECK(fields_in(validate_package(row.yaml)) == row.fields);
  }
}

/// "image: nginx" and what follows it.
inline std::vector<FaultRow> behind_image(std::vector<FaultRow> rows) {
  for (auto& row : rows) row.yaml = "image: nginx\n" + row.yaml;
  return rows;
}

/// A package file with answers, and what `package compile` must say at one place of its object.
struct ValueRow {
  const char* section;
  std::string yaml;
  Texts responses;
  std::string pointer;  ///< RFC 6901
  nlohmann::json value;
};

inline void check_values(const std::vector<ValueRow>& rows) {
  for (const auto& row : rows) {
    CAPTURE(row.section);
    CAPTURE(row.yaml);
    CAPTURE(row.pointer);
    const auto options = contract_options(row.responses);
    const auto result = compile_package(row.yaml, options);
    CHECK(fields_in(result) == FieldSet{});
    const auto body = nlohmann::json::parse(result.json);
    const nlohmann::json::json_pointer pointer(row.pointer);
    REQUIRE(body.contains(pointer));
    CHECK(body.at(pointer) == row.value);
    CHECK(compile_package(row.yaml, contract_options(row.responses)).json == result.json);
  }
}

/// A package file with answers that do not go with it, and the fields that `package compile` names.
struct RefusalRow {
  const char* section;
  std::string yaml;
  Texts responses;
  FieldSet fields;
};

inline void check_refusals(const std::vector<RefusalRow>& rows) {
  for (const auto& row : rows) {
    CAPTURE(row.section);
    CAPTURE(row.yaml);
    CHECK(fields_in(validate_package(row.yaml)) == FieldSet{});
    CHECK(fields_in(compile_package(row.yaml, contract_options(row.responses))) == row.fields);
  }
}

}  // namespace town::package

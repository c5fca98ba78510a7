// What the tests of packages share: reading, answering without chance, looking for faults.
#pragma once

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "engine/package/answers.h"
#include "engine/package/definition.h"
#include "engine/package/resolve.h"

namespace town::package {

/// A context whose chance counts up: ports from 10000, secrets of repeated digits.
inline AnswerContext test_context(std::map<std::string, std::string> given = {}) {
  AnswerContext context;
  context.package_name = "app";
  context.given = std::move(given);
  context.free_port = [next = std::uint16_t{10000}](const std::set<std::uint16_t>& avoid) mutable {
    while (avoid.contains(next)) ++next;
    return next;
  };
  context.random_hex = [next = 0](std::size_t bytes) mutable {
    return fmt::format("{:0>{}}", ++next, bytes * 2);
  };
  return context;
}

inline ResolveContext test_box() {
  ResolveContext context;
  context.repo = "default";
  context.name = "app";
  context.version = "1.0";
  return context;
}

/// The fields at fault, sorted.
inline std::vector<std::string> fields(const Diagnostics& faults) {
  std::vector<std::string> list;
  for (const auto& fault : faults) list.push_back(fault.field);
  std::ranges::sort(list);
  return list;
}

/// The fields of a file at fault.
inline std::vector<std::string> faults_of(std::string_view yaml) {
  return fields(parse_definition(yaml).faults);
}

using Fields = std::vector<std::string>;

/// A file and the fields in it that are at fault.
struct Row {
  std::string yaml;
  Fields fields;
};

inline void check(const std::vector<Row>& rows) {
  for (const auto& [yaml, expected] : rows) {
    CAPTURE(yaml);
    CHECK(faults_of(yaml) == expected);
  }
}

/// Each text stands behind "image: nginx".
inline void check_with_image(std::vector<Row> rows) {
  for (auto& row : rows) row.yaml = "image: nginx\n" + row.yaml;
  check(rows);
}

/// What a package file comes to with these outputs of its questions; throws where it has faults.
inline ResolvedPackage resolved(const std::string& yaml,
                                const std::map<std::string, std::string>& answers = {},
                                const ResolveContext& box = test_box()) {
  const Parsed parsed = parse_definition(yaml);
  if (!parsed.faults.empty()) throw InvalidInput("BadPackage", parsed.faults);
  auto result = resolve(parsed.definition, answers, box);
  if (!result.faults.empty()) throw InvalidInput("BadResult", result.faults);
  return std::move(result.package);
}

/// The port with that key; throws where there is none.
inline const ResolvedPort& port_of(const ResolvedPackage& package, std::string_view key) {
  for (const auto& port : package.ports)
    if (port.key == key) return port;
  throw InvalidInput("NoPort", {});
}

}  // namespace town::package

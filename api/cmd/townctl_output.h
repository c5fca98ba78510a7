// How townctl prints: tables, JSON, YAML, and progress lines. One thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace town::ctl {

/// "table", "json" or "yaml".
struct Column {
  const char* title;
  const char* member;  ///< of each row's object; a missing one prints as "-"
};

/// Rows (an array of objects) as columns as wide as their widest cell.
void print_table(const nlohmann::json& rows, const std::vector<Column>& columns);

/// JSON with indent, or YAML.
void print_document(const nlohmann::json& value, const std::string& format);

/// A list in the asked format; tables take `columns`.
void print_list(const nlohmann::json& rows, const std::vector<Column>& columns,
                const std::string& format);

/// The `warnings` of an answer, on stderr.
void print_warnings(const nlohmann::json& answer);

/// Removes what could steer a terminal: a box, or a package, must not.
std::string printable(const std::string& text);

}  // namespace town::ctl

// `@variable@` substitution (package format 5). Pure; any thread.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace town::package {

/// Variable name -> value. Built-ins, answers and dependency values, all in one table.
using Variables = std::map<std::string, std::string, std::less<>>;

/// The variables that the box has of itself, whatever the package asks for (5.2).
inline constexpr std::string_view kExternalHost = "LOCAL_EXTERNAL_HOST";
inline constexpr std::string_view kInternalHost = "LOCAL_INTERNAL_HOST";
inline constexpr std::string_view kPackageDns = "PACKAGE_DNS";

inline bool is_built_in(std::string_view name) {
  return name == kExternalHost || name == kInternalHost || name == kPackageDns;
}

/// `text` with every marker of `table` replaced in one pass from left to right: values are never
/// read again, unknown markers stay, "@@" becomes "@" (both dialects of package format 5.3). Ends
/// early once the result is longer than `most`.
std::string substitute(std::string_view text, const Variables& table,
                       std::size_t most = std::string::npos);

/// The same in the text outside of `{{ … }}` only: what stands in a Go template's actions stays.
std::string substitute_template(std::string_view source, const Variables& table,
                                std::size_t most = std::string::npos);

/// The value of a marker's name: names of dependencies' values count in any case (5.2).
const std::string* value_of(const Variables& table, std::string_view name);

/// Whether `name` is `dep_<key>_host` or `dep_<key>_port_<port>` with a key, in lower case, that
/// `is_key` knows.
bool is_dependency_marker(std::string_view name,
                          const std::function<bool(const std::string& key)>& is_key);

/// Whether `text` holds anything of the form `@name@`.
bool has_marker(std::string_view text);

/// Calls `use` with each marker that `substitute` would replace, were the `known` ones those of its
/// table: an escaped one (`@@name@@`) is text.
void for_each_used_marker(std::string_view text, const std::function<bool(std::string_view)>& known,
                          const std::function<void(std::string_view)>& use);

/// Calls `use` with each name that could be read as a marker in `text`, overlapping ones included.
void for_each_marker(std::string_view text, const std::function<void(std::string_view)>& use);

}  // namespace town::package

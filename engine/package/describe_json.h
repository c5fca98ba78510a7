// What `townctl package validate` and `townctl package compile` answer: one JSON object and an exit
// code. Scripts depend on these forms. Touches no disk; any thread.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/package/answers.h"
#include "engine/package/resolve.h"

namespace town::package {

/// One JSON object for stdout, and 0 (done) or 1 (the input is at fault).
struct CommandResult {
  std::string json;
  int exit_code = 0;
};

/// A folder of packages, as `--repo-dir` names one. The functions may throw town::Error.
struct PackageFolder {
  /// The versions of a package; empty where there is no such package.
  std::function<std::vector<std::string>(const std::string& package)> versions;
  /// The text of one version's file; nothing where there is none.
  std::function<std::optional<std::string>(const std::string& package, const std::string& version)>
      read;
};

struct CompileOptions {
  std::string name;
  std::string version;  ///< empty: the latest of the folder
  std::string repo = "default";
  std::string tld = "home";
  std::optional<std::string> external_host;
  std::optional<std::string> internal_host;
  std::map<std::string, std::string> responses;
  std::map<std::string, std::string> variables;  ///< "dep_db_host" and the like, from `--dep`
  /// Chance, as in AnswerContext.
  std::function<std::uint16_t(const std::set<std::uint16_t>& avoid)> free_port;
  std::function<std::string(std::size_t bytes)> random_hex;
};

/// The variable that `--dep KEY.host=H` or `--dep KEY.port.NAME=N` sets, and its value; nothing for
/// text of another form.
std::optional<std::pair<std::string, std::string>> parse_dependency_value(std::string_view text);

/// Everything that needs no answers.
CommandResult validate_package(std::string_view yaml_text);

/// One file by itself: markers of dependencies without a value stay as they are.
CommandResult compile_package(std::string_view yaml_text, const CompileOptions& options);

/// A package of a folder, with its dependencies resolved there.
CommandResult compile_package(const PackageFolder& folder, const CompileOptions& options);

/// The object of `package compile`; warnings are to be added.
nlohmann::json to_json(const ResolvedPackage& package);

/// `[{"field","message","line"}, …]`; the line only where it is known, and then also at the
/// beginning of the message.
nlohmann::json to_json(const Diagnostics& faults);

}  // namespace town::package

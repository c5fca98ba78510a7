// Package files on this machine: validate and compile. No daemon, no network, nothing written.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "api/cmd/townctl.h"
#include "api/cmd/townctl_output.h"
#include "engine/package/describe_json.h"
#include "engine/package/names.h"
#include "state/digest.h"

namespace town::ctl {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using package::CommandResult;

/// One more byte than a package file may have: what is longer is refused by whoever reads it.
constexpr std::size_t kReadAtMost = (10U << 20U) + 1;

struct LocalOptions {
  std::string target;  ///< a file, or with --repo-dir a package name
  std::string repo_dir;
  package::CompileOptions compile;
  std::vector<std::string> responses;
  std::vector<std::string> dependencies;
  std::string external_host;
  std::string internal_host;
  bool json = false;
};

std::optional<std::string> read_bounded(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::error_code error;
  if (!file || fs::is_directory(path, error)) return std::nullopt;
  std::string text(kReadAtMost, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

CommandResult unreadable(const std::string& path) {
  const Json body = {
      {"errors", Json::array({{{"field", ""}, {"message", "cannot read " + path}}})}};
  return {body.dump(-1, ' ', false, Json::error_handler_t::replace), kRefused};
}

void print_errors(const Json& body) {
  for (const auto* kind : {"errors", "warnings"}) {
    for (const auto& entry : body.value(kind, Json::array())) {
      const auto text = entry.is_string()
                            ? entry.get<std::string>()
                            : entry.value("field", "") + ": " + entry.value("message", "");
      std::cerr << (std::string_view(kind) == "warnings" ? "warning: " : "") << printable(text)
                << "\n";
    }
  }
}

/// With --json exactly the one object; without it the faults for people, and what came out.
void report(const CommandResult& result, bool json) {
  if (json) {
    std::cout << result.json << "\n";
  } else {
    const auto body = Json::parse(result.json, nullptr, false);
    if (body.is_object()) print_errors(body);
    if (result.exit_code == kDone) std::cout << body.dump(2) << "\n";
  }
  if (result.exit_code != kDone) throw Exit(kRefused, "");
}

package::PackageFolder folder_at(const fs::path& directory) {
  const auto folder = [directory](const std::string& name) {
    return directory / "packages" / name;
  };
  package::PackageFolder packages;
  packages.versions = [folder](const std::string& name) {
    std::vector<std::string> versions;
    std::error_code error;
    if (!package::valid_segment(name)) return versions;
    for (const auto& entry : fs::directory_iterator(folder(name), error)) {
      const bool file = fs::is_regular_file(entry.symlink_status());
      if (file && entry.path().extension() == ".yaml") versions.push_back(entry.path().stem());
    }
    return versions;
  };
  packages.read = [folder](const std::string& name,
                           const std::string& version) -> std::optional<std::string> {
    if (!package::valid_segment(name) || !package::valid_segment(version)) return std::nullopt;
    return read_bounded(folder(name) / (version + ".yaml"));
  };
  return packages;
}

void read_pairs(LocalOptions& options) {
  for (const auto& pair : options.responses) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos) throw Exit(kWrongUsage, "--response takes NAME=VALUE");
    options.compile.responses[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  for (const auto& text : options.dependencies) {
    const auto value = package::parse_dependency_value(text);
    if (!value) throw Exit(kWrongUsage, "--dep takes KEY.host=HOST or KEY.port.NAME=NUMBER");
    options.compile.variables.insert_or_assign(value->first, value->second);
  }
  if (!options.external_host.empty()) options.compile.external_host = options.external_host;
  if (!options.internal_host.empty()) options.compile.internal_host = options.internal_host;
}

/// Nobody asks the network here: any port of the range that is not taken within this one package.
std::uint16_t some_port(const std::set<std::uint16_t>& avoid) {
  for (int tries = 0; tries < 100; ++tries) {
    const auto drawn = std::stoul(random_hex(4), nullptr, 16);
    const auto port = static_cast<std::uint16_t>(10'000 + drawn % 50'001);
    if (!avoid.contains(port)) return port;
  }
  return 0;
}

void compile(LocalOptions options) {
  read_pairs(options);
  options.compile.free_port = some_port;
  options.compile.random_hex = [](std::size_t bytes) { return random_hex(bytes); };
  if (!options.repo_dir.empty()) {
    options.compile.name = options.target;
    report(package::compile_package(folder_at(options.repo_dir), options.compile), options.json);
    return;
  }
  if (options.compile.name.empty() || options.compile.version.empty()) {
    throw Exit(kWrongUsage, "a single file needs --name and --version");
  }
  const auto text = read_bounded(options.target);
  report(text ? package::compile_package(*text, options.compile) : unreadable(options.target),
         options.json);
}

void validate(const LocalOptions& options) {
  const auto text = read_bounded(options.target);
  report(text ? package::validate_package(*text) : unreadable(options.target), options.json);
}

void add_pairs(CLI::App& command, const char* name, std::vector<std::string>& into,
               const char* text) {
  command.add_option(name, into, text)->take_all()->allow_extra_args(false);
}

}  // namespace

void add_local_packages(CLI::App& package) {
  auto options = std::make_shared<LocalOptions>();
  auto* validate_command = package.add_subcommand("validate", "check a package file");
  validate_command->add_option("file", options->target, "the YAML file")->required();
  validate_command->add_flag("--json", options->json, "one JSON object on stdout");
  validate_command->callback([options] { validate(*options); });

  auto* command = package.add_subcommand("compile", "what a package file comes to");
  command->add_option("target", options->target, "the YAML file, or with --repo-dir a name")
      ->required();
  command->add_option("--repo-dir", options->repo_dir, "folder that holds packages/NAME/*.yaml");
  command->add_option("--name", options->compile.name, "effective name of the package");
  command->add_option("--version", options->compile.version, "with --repo-dir: latest by default");
  command->add_option("--repo", options->compile.repo, "its repository")->capture_default_str();
  command->add_option("--external-host", options->external_host);
  command->add_option("--internal-host", options->internal_host);
  command->add_option("--tld", options->compile.tld)->capture_default_str();
  add_pairs(*command, "--response", options->responses, "answer to a question: NAME=VALUE");
  add_pairs(*command, "--dep", options->dependencies, "KEY.host=HOST or KEY.port.NAME=NUMBER");
  command->add_flag("--json", options->json, "one JSON object on stdout");
  command->callback([options] { compile(*options); });
}

}  // namespace town::ctl

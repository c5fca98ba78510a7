// Package files on this machine: validate and compile. No daemon, no network, nothing written.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "api/cmd/townctl.h"
#include "api/cmd/townctl_output.h"
#include "api/cmd/townctl_package_words.h"
#include "engine/package/describe_json.h"
#include "engine/package/names.h"
#include "engine/utf8.h"
#include "state/digest.h"

namespace town::ctl {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using package::CommandResult;

/// One more byte than a package file may have: what is longer is refused by whoever reads it.
constexpr std::size_t kReadAtMost = (10U << 20U) + 1;

std::optional<std::string> read_bounded(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::error_code error;
  if (!file || fs::is_directory(path, error)) return std::nullopt;
  std::string text(kReadAtMost, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

CommandResult failed_with(const Json& errors) {
  const Json body = {{"errors", errors}};
  return {body.dump(2, ' ', false, Json::error_handler_t::replace), kRefused};
}

CommandResult failed(const std::string& message) {
  return failed_with(Json::array({{{"field", ""}, {"message", message}}}));
}

void print_findings(const Json& body) {
  for (const auto* kind : {"errors", "warnings"}) {
    for (const auto& entry : body.value(kind, Json::array())) {
      const auto field = entry.value("field", "");
      std::cerr << (std::string_view(kind) == "warnings" ? "warning: " : "") << printable(field)
                << (field.empty() ? "" : ": ") << printable(entry.value("message", "")) << "\n";
    }
  }
}

/// With --json exactly the one object; without it what was found, and what came out, for people.
ExitCode report(const CommandResult& result, bool json, const std::string& praise) {
  if (json) {
    std::cout << result.json << "\n";
  } else {
    auto body = Json::parse(result.json);
    print_findings(body);
    body.erase("warnings");
    if (result.exit_code == kDone && body.empty()) std::cout << praise << "\n";
    if (result.exit_code == kDone && !body.empty()) print_document(body, "yaml");
  }
  return result.exit_code == kDone ? kDone : kRefused;
}

/// No link: a repository's files may not lead out of it.
bool is_plain_file(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(fs::symlink_status(path, error));
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
      const std::string version = entry.path().stem();
      if (is_plain_file(entry.path()) && entry.path().extension() == ".yaml" &&
          package::valid_segment(version))
        versions.push_back(version);
    }
    return versions;
  };
  packages.read = [folder](const std::string& name,
                           const std::string& version) -> std::optional<std::string> {
    if (!package::valid_segment(name) || !package::valid_segment(version)) return std::nullopt;
    const auto file = folder(name) / (version + ".yaml");
    return is_plain_file(file) ? read_bounded(file) : std::nullopt;
  };
  return packages;
}

/// Nobody asks the network here: any port of the range that is not taken within this one package.
std::uint16_t some_port(const std::set<std::uint16_t>& avoid) {
  constexpr unsigned long kFirst = 10'000;
  constexpr unsigned long kCount = 50'001;
  const auto drawn = std::stoul(random_hex(4), nullptr, 16);
  for (unsigned long i = 0; i < kCount; ++i) {
    const auto port = static_cast<std::uint16_t>(kFirst + (drawn + i) % kCount);
    if (!avoid.contains(port)) return port;
  }
  return 0;
}

/// JSON can only hold text: another byte would be replaced, and a password silently be another one.
Json unreadable_answers(const package::CompileOptions& options) {
  Json errors = Json::array();
  for (const auto& [name, value] : options.responses)
    if (!is_utf8(value))
      errors.push_back({{"field", "responses." + name}, {"message", "the answer is not UTF-8"}});
  return errors;
}

CommandResult compile(PackageWords words) {
  if (const auto errors = unreadable_answers(words.compile); !errors.empty())
    return failed_with(errors);
  words.compile.free_port = some_port;
  words.compile.random_hex = [](std::size_t bytes) { return random_hex(bytes); };
  if (!words.repo_dir.empty()) {
    std::error_code error;
    if (!fs::is_directory(words.repo_dir, error))
      return failed("there is no directory " + words.repo_dir);
    words.compile.name = words.target;
    return package::compile_package(folder_at(words.repo_dir), words.compile);
  }
  const auto text = read_bounded(words.target);
  return text ? package::compile_package(*text, words.compile)
              : failed("cannot read " + words.target);
}

CommandResult validate(const PackageWords& words) {
  const auto text = read_bounded(words.target);
  return text ? package::validate_package(*text) : failed("cannot read " + words.target);
}

constexpr std::string_view kValidateHelp =
    "townctl package validate FILE [--json]\n"
    "Checks a package file: everything that needs no answers.\n";

constexpr std::string_view kCompileHelp =
    "townctl package compile FILE --name N --version V [--repo R] [OPTIONS]\n"
    "townctl package compile --repo-dir DIR NAME [--version V] [--repo R] [OPTIONS]\n"
    "What a package comes to. DIR holds packages/NAME/VERSION.yaml; the latest where no version "
    "is\n"
    "given.\n\n"
    "  --response NAME=VALUE   answer to a question; may be repeated\n"
    "  --external-host H       the box's address outside, @LOCAL_EXTERNAL_HOST@\n"
    "  --internal-host H       the box's address at home, @LOCAL_INTERNAL_HOST@\n"
    "  --tld T                 top-level domain of the box (home)\n"
    "  --dep KEY.host=H        host of a dependency; may be repeated\n"
    "  --dep KEY.port.NAME=N   port of a dependency; may be repeated\n"
    "  --json                  one JSON object on stdout\n";

constexpr std::string_view kExitCodes =
    "Exit codes: 0 done, 1 the input is at fault, 2 wrong usage.\n";

/// Runs one of the two commands; nothing that goes wrong in it leaves a script without its object.
template <typename Run>
ExitCode run(const PackageWords& words, std::string_view help, const Run& run_command) {
  if (words.help) {
    std::cout << help << kExitCodes;
    return kDone;
  }
  CommandResult result;
  try {
    result = run_command(words);
  } catch (const std::exception& error) {
    result = failed(error.what());
  }
  return report(result, words.json, printable(words.target) + " is a valid package");
}

ExitCode run_validate(std::span<const std::string> words) {
  return run(read_validate_words(words), kValidateHelp, validate);
}

ExitCode run_compile(std::span<const std::string> words) {
  return run(read_compile_words(words), kCompileHelp, compile);
}

/// A command whose words are not for CLI11.
void add_command(CLI::App& package, const char* name, const char* text,
                 ExitCode (*run_words)(std::span<const std::string>)) {
  auto* command = package.add_subcommand(name, text);
  command->set_help_flag();
  command->fallthrough(false);
  command->prefix_command();
  command->callback([command, run_words] {
    const auto code = run_words(command->remaining());
    if (code != kDone) throw Exit(code, "");
  });
}

}  // namespace

std::optional<ExitCode> run_local_package(std::span<char* const> arguments) {
  constexpr std::size_t kCommandWords = 3;
  if (arguments.size() < kCommandWords || std::string_view(arguments[1]) != "package") return {};
  const std::string_view command = arguments[2];
  const auto rest = arguments.subspan(kCommandWords);
  const std::vector<std::string> words(rest.begin(), rest.end());
  if (command == "validate") return run_validate(words);
  if (command == "compile") return run_compile(words);
  return {};
}

void add_local_packages(CLI::App& package) {
  add_command(package, "validate", "check a package file", run_validate);
  add_command(package, "compile", "what a package file comes to", run_compile);
}

}  // namespace town::ctl

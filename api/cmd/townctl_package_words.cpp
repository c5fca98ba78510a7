#include "api/cmd/townctl_package_words.h"

#include <filesystem>
#include <functional>
#include <map>

#include "api/cmd/townctl.h"
#include "engine/utf8.h"

namespace town::ctl {
namespace {

using UseValue = std::function<void(const std::string& value)>;
using ValueOptions = std::map<std::string, UseValue, std::less<>>;

[[noreturn]] void refuse(const std::string& message) {
  throw Exit(kWrongUsage, message + "; see --help");
}

/// An answer may be anything here: whoever compiles says which one is at fault.
void check_text(const std::string& option, const std::string& value) {
  if (option != "--response" && !is_utf8(value)) refuse("the value of " + option + " is not UTF-8");
}

/// Takes one option; `at` is moved over its value.
void read_option(std::span<const std::string> words, std::size_t& at, PackageWords& into,
                 const ValueOptions& options) {
  const std::string& word = words[at];
  const auto equals = word.find('=');
  const std::string name = word.substr(0, equals);
  if (word == "--help" || word == "-h") {
    into.help = true;
  } else if (word == "--json") {
    into.json = true;
  } else if (const auto option = options.find(name); option == options.end()) {
    refuse("unknown option " + name);
  } else if (equals != std::string::npos) {
    check_text(name, word.substr(equals + 1));
    option->second(word.substr(equals + 1));
  } else if (++at == words.size()) {
    refuse(name + " needs a value");
  } else {
    check_text(name, words[at]);
    option->second(words[at]);
  }
}

void read_words(std::span<const std::string> words, PackageWords& into,
                const ValueOptions& options) {
  bool has_target = false;
  bool options_end = false;
  for (std::size_t at = 0; at < words.size(); ++at) {
    const std::string& word = words[at];
    if (!options_end && word == "--") {
      options_end = true;
    } else if (!options_end && word.size() > 1 && word.starts_with('-')) {
      read_option(words, at, into, options);
    } else if (std::exchange(has_target, true)) {
      refuse("unexpected \"" + word + "\"");
    } else {
      into.target = word;
    }
    if (into.help) return;
  }
  if (into.target.empty()) refuse("name what it is about");
}

void take_response(package::CompileOptions& options, const std::string& pair) {
  const auto equals = pair.find('=');
  if (equals == std::string::npos || !is_utf8(pair.substr(0, equals)))
    refuse("--response takes NAME=VALUE");
  options.responses[pair.substr(0, equals)] = pair.substr(equals + 1);
}

void take_dependency(package::CompileOptions& options, const std::string& text) {
  const auto value = package::parse_dependency_value(text);
  if (!value) refuse("--dep takes KEY.host=HOST or KEY.port.NAME=NUMBER");
  options.variables.insert_or_assign(value->first, value->second);
}

}  // namespace

PackageWords read_validate_words(std::span<const std::string> words) {
  PackageWords read;
  read_words(words, read, {});
  return read;
}

PackageWords read_compile_words(std::span<const std::string> words) {
  PackageWords read;
  package::CompileOptions& options = read.compile;
  const auto into = [](auto& text) { return [&text](const std::string& value) { text = value; }; };
  read_words(words, read,
             {{"--repo-dir", into(read.repo_dir)},
              {"--name", into(options.name)},
              {"--version", into(options.version)},
              {"--repo", into(options.repo)},
              {"--tld", into(options.tld)},
              {"--external-host", into(options.external_host)},
              {"--internal-host", into(options.internal_host)},
              {"--response", [&](const std::string& pair) { take_response(options, pair); }},
              {"--dep", [&](const std::string& text) { take_dependency(options, text); }}});
  if (read.help) return read;
  std::error_code error;
  const bool is_file = std::filesystem::is_regular_file(read.target, error);
  if (!read.repo_dir.empty() && is_file && read.target.ends_with(".yaml"))
    refuse("either a file or --repo-dir with a package's name");
  if (!read.repo_dir.empty()) return read;
  if (options.name.empty() || options.version.empty()) refuse("a file needs --name and --version");
  return read;
}

}  // namespace town::ctl

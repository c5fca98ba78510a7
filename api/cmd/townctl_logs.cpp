// What services of a box say.
#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "api/cmd/townctl.h"
#include "api/cmd/townctl_output.h"

namespace town::ctl {
namespace {

using Json = nlohmann::json;

struct LogOptions {
  std::string what;
  std::string grep;
  std::uint64_t lines = 100;
  bool follow = false;
};

/// Without the kind that `get` and `describe` put before a name.
std::string without_kind(const std::string& what) {
  for (const std::string_view kind : {"unit/", "package/"}) {
    if (what.starts_with(kind)) return what.substr(kind.size());
  }
  return what;
}

/// The unit of an installed package: by its key or its name as `get unit` lists them, by its
/// identity ("repo/name@version"), by the unit's own name, or by a package name that only one has.
std::string unit_of(api::Client& client, const std::string& given) {
  const auto what = without_kind(given);
  if (what.empty() || what.ends_with(".service")) return what;
  const auto units = client.get("/systemd/units?limit=1000000").at("entries");
  std::vector<std::string> found;
  for (const auto& unit : units) {
    const auto identity = unit.value("package_identifier", "");
    const auto name = unit.at("Name").get<std::string>();
    if (identity == what || name == what + ".service") return name;
    const bool named = ("/" + identity).find("/" + what + "@") != std::string::npos;
    if (named) found.push_back(name);
  }
  if (found.size() == 1) return found.front();
  if (found.empty()) {
    throw Exit(kRefused, "no installed package or service is called " + printable(what) +
                             "; `townctl get unit` lists them");
  }
  std::string all;
  for (const auto& name : found) all += "\n  " + printable(name);
  throw Exit(kWrongUsage, "more than one service is called so; name one of" + all);
}

/// A service of the machine's own is known by what it says; one that never did is a slip.
void must_have_spoken(api::Client& client, const std::string& unit) {
  const auto units = client.get("/systemd/units?limit=1000000").at("entries");
  for (const auto& known : units) {
    if (known.at("Name") == unit) return;
  }
  const auto page = client.get("/systemd/logs/tail?lines=1&unit=" + api::Client::encode(unit));
  if (!page.at("entries").empty()) return;
  throw Exit(kRefused, "there is no service called " + printable(unit) +
                           ", or it has never said anything; `townctl get unit` lists those of "
                           "installed packages");
}

void print_entry(const Json& entry) {
  const auto text = [&entry](const char* key) { return printable(entry.value(key, "")); };
  std::cout << text("RealtimeTimestamp") << " " << text("SyslogIdentifier") << ": "
            << text("Message") << "\n";
}

void logs(const Globals& globals, const LogOptions& options) {
  const auto client = globals.session().client();
  const auto unit = unit_of(*client, options.what);
  if (!unit.empty()) must_have_spoken(*client, unit);
  const auto query = "?unit=" + api::Client::encode(unit) +
                     "&lines=" + std::to_string(options.lines) +
                     "&grep=" + api::Client::encode(options.grep);
  if (!options.follow) {
    const auto page = client->get("/systemd/logs/tail" + query);  // outlives the walk over it
    for (const auto& entry : page.at("entries")) print_entry(entry);
    return;
  }
  client->stream("GET", "/systemd/logs" + query + "&follow=true", nullptr, [](const Json& entry) {
    print_entry(entry);
    std::cout.flush();
    return std::cout.good();  // nobody reads any more where it is not
  });
}

}  // namespace

void add_logs(CLI::App& app, Globals& globals) {
  auto options = std::make_shared<LogOptions>();
  auto* command = app.add_subcommand("logs", "what a service says");
  command->add_option("service", options->what,
                      "a package, its repo/name@version, or a unit; the whole box where not given");
  command->add_flag("-f,--follow", options->follow, "go on with what comes");
  command->add_option("-n,--lines", options->lines, "how many of the last lines")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  command->add_option("--grep", options->grep, "only lines that hold this text");
  command->callback([&globals, options] { logs(globals, *options); });
}

}  // namespace town::ctl

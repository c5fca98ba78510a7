// Packages and repositories of a box.
#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>

#include "api/cmd/townctl.h"
#include "api/cmd/townctl_output.h"
#include "api/plan_words.h"

namespace town::ctl {
namespace {

using Json = nlohmann::json;

struct PackageOptions {
  std::string name;
  std::string repo;
  std::string version = "latest";
  std::string instance;
  std::vector<std::string> responses;
  bool reuse_volumes = false;
  bool purge = false;
  bool yes = false;
  bool installed = false;
  std::string output = "table";
};

/// NAME=VALUE, split at the first '='; the value may be empty.
Json responses_of(const std::vector<std::string>& pairs) {
  Json responses = Json::object();
  for (const auto& pair : pairs) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw Exit(kWrongUsage, "--response takes NAME=VALUE");
    }
    responses[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  return responses;
}

void list(const Globals& globals, const PackageOptions& options) {
  const std::string filter = options.installed ? "&installed_only=true" : "";
  const auto answer = globals.session().client()->get("/packages?limit=1000000" + filter);
  print_list(answer.at("entries"),
             {{"NAME", "name"},
              {"REPO", "repo"},
              {"LATEST", "version"},
              {"INSTALLED", "installed_version"},
              {"DESCRIPTION", "description"}},
             options.output);
}

void install(const Globals& globals, const PackageOptions& options) {
  const auto client = globals.session().client();
  follow_progress(*client, "/packages/install",
                  {{"repo", options.repo},
                   {"name", options.name},
                   {"version", options.version},
                   {"instance", options.instance},
                   {"responses", responses_of(options.responses)},
                   {"reuse_volumes", options.reuse_volumes},
                   {"track_latest", options.version == "latest"}});
}

/// The installed package of that name; where several repositories have one, --repo must say which.
Json find_installed(api::Client& client, const PackageOptions& options) {
  const auto all = client.get("/packages?installed_only=true&limit=1000000").at("entries");
  Json found;
  for (const auto& entry : all) {
    const bool right = entry.at("name") == options.name &&
                       (options.repo.empty() || entry.at("repo") == options.repo);
    if (!right) continue;
    if (!found.is_null())
      throw Exit(kWrongUsage, "installed from several repositories: give --repo");
    found = entry;
  }
  if (found.is_null()) throw Exit(kRefused, options.name + " is not installed");
  return {{"repo", found.at("repo")},
          {"name", found.at("name")},
          {"version", found.at("installed_version")}};
}

void uninstall(const Globals& globals, const PackageOptions& options) {
  const auto client = globals.session().client();
  auto body = find_installed(*client, options);
  body["purge_volumes"] = options.purge;
  follow_progress(*client, "/packages/uninstall", body);
}

/// The repository whose package of that name has data, kept or in use.
std::string repository_with_data(api::Client& client, const PackageOptions& options) {
  if (!options.repo.empty()) return options.repo;
  const auto volumes = client.post("/storage", {{"limit", 1'000'000}}).at("entries");
  std::set<std::string> found;
  for (const auto& volume : volumes) {
    // <state>/<repository>/<package>/…
    const auto path = volume.value("internal_name", "");
    const auto first = path.find('/');
    const auto second = path.find('/', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    if (path.compare(second + 1, options.name.size() + 1, options.name + "/") != 0) continue;
    found.insert(path.substr(first + 1, second - first - 1));
  }
  if (found.size() > 1) throw Exit(kWrongUsage, "several repositories have one: give --repo");
  if (found.empty()) throw Exit(kRefused, "no data of " + options.name + " is kept");
  return *found.begin();
}

void purge(const Globals& globals, const PackageOptions& options) {
  if (!options.yes) {
    throw Exit(kWrongUsage,
               "this destroys the data that an uninstall kept: say --yes if you mean it");
  }
  const auto client = globals.session().client();
  const auto repo = repository_with_data(*client, options);
  client->post("/packages/purge-volumes", {{"repo", repo}, {"name", options.name}});
  std::cout << "done\n";
}

void info(const Globals& globals, const PackageOptions& options) {
  const auto client = globals.session().client();
  const auto format = options.output == "table" ? "yaml" : options.output;
  print_document(client->post("/packages/installed/info", find_installed(*client, options)),
                 format);
}

void plan(const Globals& globals, const PackageOptions& options) {
  const auto answer = globals.session().client()->post(
      "/packages/install-preview", {{"repo", options.repo},
                                    {"name", options.name},
                                    {"version", options.version},
                                    {"instance", options.instance},
                                    {"reuse_volumes", options.reuse_volumes},
                                    {"responses", responses_of(options.responses)}});
  const auto lines = api::plan_lines(answer.at("plan"));
  for (const auto& line : lines) std::cout << printable(line) << "\n";
  print_warnings(answer);
  if (lines.empty()) std::cout << "nothing to change\n";
}

using Action = void (*)(const Globals&, const PackageOptions&);

CLI::App* add_one(CLI::App& package, const char* name, const char* text, Globals& globals,
                  const std::shared_ptr<PackageOptions>& options, Action action) {
  auto* command = package.add_subcommand(name, text);
  command->callback([&globals, options, action] { action(globals, *options); });
  return command;
}

void add_name(CLI::App& command, PackageOptions& options) {
  command.add_option("name", options.name, "name of the package")->required();
  command.add_option("--repo", options.repo, "repository, where several have it");
}

void add_answers(CLI::App& command, PackageOptions& options) {
  command.add_option("--version", options.version, "version; latest follows new ones")
      ->capture_default_str();
  command.add_option("--instance", options.instance, "install it once more, under name-INSTANCE");
  command.add_option("-r,--response", options.responses, "answer to a question: NAME=VALUE")
      ->take_all()
      ->allow_extra_args(false);
}

void add_output(CLI::App& command, PackageOptions& options) {
  command.add_option("-o,--output", options.output, "table, json or yaml")
      ->check(CLI::IsMember({"table", "json", "yaml"}));
}

struct RepoOptions {
  std::string name;
  std::string url;
  std::string username;
  std::string password_file;
  int position = 0;
};

void list_repositories(const Globals& globals) {
  print_table(globals.session().client()->get("/repository?limit=1000000").at("entries"),
              {{"NAME", "name"}, {"URL", "url"}, {"ERROR", "error"}});
}

void add_repository(const Globals& globals, const RepoOptions& options) {
  Json body = {{"name", options.name}, {"url", options.url}};
  if (!options.username.empty()) {
    auto password = read_text(options.password_file);
    body["username"] = options.username;
    body["password"] = password.substr(0, password.find_first_of("\r\n"));
  }
  globals.session().client()->post("/repository/add", body);
}

void refresh(const Globals& globals) {
  follow_progress(*globals.session().client(), "/repository/refresh", Json::object());
}

void add_repositories(CLI::App& app, Globals& globals) {
  auto options = std::make_shared<RepoOptions>();
  auto* repo = app.add_subcommand("repo", "package repositories")->require_subcommand(1);
  repo->add_subcommand("list", "list them")->callback([&globals] { list_repositories(globals); });
  auto* add = repo->add_subcommand("add", "add one");
  add->add_option("name", options->name, "its name on this box")->required();
  add->add_option("url", options->url, "git URL")->required();
  auto* username = add->add_option("--username", options->username, "for a private one");
  auto* password = add->add_option("--password-file", options->password_file, "its first line");
  username->needs(password);
  password->needs(username);
  add->callback([&globals, options] { add_repository(globals, *options); });
  auto* remove = repo->add_subcommand("remove", "remove one; what is installed stays");
  remove->add_option("name", options->name)->required();
  remove->callback([&globals, options] {
    globals.session().client()->post("/repository/remove", {{"name", options->name}});
  });
  auto* move = repo->add_subcommand("move", "change its place; later ones win");
  move->add_option("name", options->name)->required();
  move->add_option("position", options->position, "0 is the first")->required();
  move->callback([&globals, options] {
    globals.session().client()->post("/repository/move",
                                     {{"name", options->name}, {"position", options->position}});
  });
  repo->add_subcommand("refresh", "fetch them all now")->callback([&globals] { refresh(globals); });
}

}  // namespace

void add_packages(CLI::App& app, Globals& globals) {
  auto options = std::make_shared<PackageOptions>();
  auto* package = app.add_subcommand("package", "packages")->require_subcommand(1);
  auto* list_command =
      add_one(*package, "list", "what is offered and what is installed", globals, options, list);
  list_command->add_flag("--installed", options->installed, "only what is installed");
  add_output(*list_command, *options);
  auto* install_command =
      add_one(*package, "install", "install one, or change its answers or version", globals,
              options, install);
  add_name(*install_command, *options);
  add_answers(*install_command, *options);
  install_command->add_flag("--reuse,--reuse-volumes", options->reuse_volumes,
                            "take back the data that an uninstall kept");
  auto* uninstall_command = add_one(*package, "uninstall", "uninstall one and keep its data",
                                    globals, options, uninstall);
  add_name(*uninstall_command, *options);
  uninstall_command->add_flag("--purge", options->purge, "destroy its data too");
  auto* purge_command =
      add_one(*package, "purge", "destroy the data that uninstalling one has kept", globals,
              options, purge);
  add_name(*purge_command, *options);
  purge_command->add_flag("--yes", options->yes, "destroy it without asking");
  purge_command->footer(
      "Data of a package that is installed is in use: uninstall it first, or destroy both in one\n"
      "step with `townctl package uninstall NAME --purge`.");
  auto* info_command = add_one(*package, "info", "questions, answers and notes of an installed one",
                               globals, options, info);
  add_name(*info_command, *options);
  add_output(*info_command, *options);
  auto* plan_command =
      add_one(*package, "plan", "what installing it would do", globals, options, plan);
  add_name(*plan_command, *options);
  add_answers(*plan_command, *options);
  plan_command->add_flag("--reuse,--reuse-volumes", options->reuse_volumes,
                         "as with the data that an earlier install left");
  add_local_packages(*package);
  add_repositories(app, globals);
}

}  // namespace town::ctl

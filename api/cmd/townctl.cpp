// townctl: the command line. This file names the commands and turns what went wrong into an exit
// code.
#include "api/cmd/townctl.h"

#include <poll.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>
#include <nlohmann/json.hpp>
#include <span>

#include "api/cmd/host_init.h"
#include "api/cmd/townctl_output.h"
#include "api/problem.h"
#include "engine/package/nearest.h"
#include "engine/utf8.h"
#include "state/error.h"

namespace {

using namespace town;
using namespace town::ctl;

constexpr const char* kFooter =
    "Exit codes: 0 done, 1 the input is at fault or the box says no, 2 wrong usage, 3 the box\n"
    "cannot be reached or is none, 4 it is still at work.\n"
    "Environment: TOWN_SERVER, TOWN_TOKEN.";

void print_faults(const InvalidInput& error) {
  for (const auto& fault : error.faults()) {
    if (fault.line > 0) std::cerr << "line " << fault.line << ": ";
    if (!fault.field.empty()) std::cerr << fault.field << ": ";
    std::cerr << fault.message << "\n";
  }
}

/// An empty value is a slip, such as a variable of a script that is not set: `--server "$BOX"`.
/// Not for the commands that judge a package file: an empty name is a fault of their input, and
/// they say so in their own form.
void refuse_empty(CLI::App& app) {
  if (app.get_name() == "validate" || app.get_name() == "compile") return;
  for (auto* option : app.get_options()) {
    if (option->get_items_expected_max() == 0 || option->check_lname("grep")) continue;
    option->check([](const std::string& value) {
      return value.empty() ? std::string("must not be empty") : std::string();
    });
  }
  for (auto* command : app.get_subcommands(nullptr)) refuse_empty(*command);
}

/// What is sent to a box is UTF-8. Changed on the way, a password would be another one.
void refuse_odd_bytes(std::span<char*> arguments) {
  for (const char* argument : arguments) {
    if (!is_utf8(argument)) throw Exit(kWrongUsage, "an argument is not UTF-8 text");
  }
}

/// The option that this word names, at the command or above it; null where none does.
const CLI::Option* option_of(const CLI::App* command, const std::string& word) {
  for (; command != nullptr; command = command->get_parent()) {
    if (const auto* option = command->get_option_no_throw(word)) return option;
  }
  return nullptr;
}

[[noreturn]] void refuse_command(const CLI::App& group, const std::string& word) {
  std::vector<std::string_view> known;
  for (const auto* command : group.get_subcommands(nullptr)) known.push_back(command->get_name());
  const auto near = package::nearest(word, known);
  auto path = group.get_name();
  for (const auto* above = group.get_parent(); above != nullptr; above = above->get_parent()) {
    path = above->get_name() + " " + path;
  }
  throw Exit(kWrongUsage, "there is no command \"" + path + " " + printable(word) + "\"" +
                              (near.empty() ? ";" : "; did you mean " + std::string(near) + "?") +
                              " `" + path + " --help` lists what there is");
}

/// The first word that should name a command must.
void refuse_unknown_commands(const CLI::App& app, std::span<char*> arguments) {
  const auto* group = &app;
  for (std::size_t at = 1; at < arguments.size(); ++at) {
    const std::string word = arguments[at];
    if (word.starts_with('-')) {
      const auto* option = option_of(group, word);
      if (option != nullptr && option->get_items_expected_max() > 0) ++at;  // its value
      continue;
    }
    const auto named = group->get_subcommands(
        [&word](const CLI::App* command) { return command->get_name() == word; });
    if (named.empty()) refuse_command(*group, word);
    const auto* command = named.front();
    if (command->get_require_subcommand_min() == 0) return;
    group = command;
  }
}

/// Output that was lost must not look like success. Who stops reading (`| head`) loses nothing that
/// they wanted.
int finish(int code) {
  std::cout.flush();
  if (std::cout) return code;
  pollfd out{STDOUT_FILENO, POLLOUT, 0};
  if (poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0) return code;
  std::cerr << "townctl: the output could not be written; is the disk full?\n";
  return code == kDone ? kRefused : code;
}

int run(CLI::App& app, int count, char** arguments) {
  try {
    if (const auto code = run_local_package({arguments, static_cast<std::size_t>(count)}))
      return *code;
    refuse_odd_bytes({arguments, static_cast<std::size_t>(count)});
    refuse_unknown_commands(app, {arguments, static_cast<std::size_t>(count)});
    app.parse(count, arguments);
    return kDone;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kWrongUsage;
  } catch (const Exit& exit) {
    if (*exit.what() != '\0') std::cerr << "townctl: " << exit.what() << "\n";
    return exit.code();
  } catch (const api::Unreachable& error) {
    std::cerr << "townctl: " << error.what() << "\n";
    return kUnreachable;
  } catch (const InvalidInput& error) {
    print_faults(error);
    return kRefused;
  } catch (const nlohmann::json::exception&) {
    std::cerr << "townctl: the answer is not one of a Town OS box, or of one of another version; "
                 "is --server its address?\n";
    return kUnreachable;
  } catch (const std::exception& error) {
    std::cerr << "townctl: " << error.what() << "\n";
    return kRefused;
  }
}

}  // namespace

int main(int count, char** arguments) {
  std::signal(SIGPIPE, SIG_IGN);
  Globals globals;
  CLI::App app("townctl: talks to a box that runs Town OS", "townctl");
  app.set_version_flag("--version", "townctl " TOWN_VERSION);
  app.add_option("--server", globals.server, "address of the box (default http://127.0.0.1:5309)");
  app.add_option("--token", globals.token, "token to use instead of the kept login");
  app.require_subcommand(1);
  app.fallthrough();
  app.footer(kFooter);
  add_login(app, globals);
  add_home(app, globals);
  add_resources(app, globals);
  add_packages(app, globals);
  add_storage(app, globals);
  add_logs(app, globals);
  add_host_commands(app);
  add_template(app);
  add_completion(app);
  refuse_empty(app);
  return finish(run(app, count, arguments));
}

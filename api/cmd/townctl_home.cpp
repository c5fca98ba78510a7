// A whole box in one document: apply, diff, export, and the backup of the store.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>

#include "api/cmd/townctl.h"
#include "api/cmd/townctl_output.h"
#include "api/home.h"
#include "api/yaml_text.h"

namespace town::ctl {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

/// Lists of several files are joined, settings of later ones win; a key of another type is left for
/// the check to complain about.
void merge(Json& into, const Json& more) {
  for (const auto& [key, value] : more.items()) {
    auto& there = into[key];
    if (there.is_array() && value.is_array()) {
      there.insert(there.end(), value.begin(), value.end());
    } else if (there.is_object() && value.is_object()) {
      there.update(value);
    } else {
      there = value;
    }
  }
}

/// One file, checked by itself so that faults carry its lines.
Json read_file(const std::string& path) {
  auto text = api::read_home(read_text(path));
  try {
    api::parse_home(text.document);
  } catch (const InvalidInput& error) {
    std::cerr << path << ":\n";
    throw InvalidInput(error.reason(), api::with_lines(error.faults(), text.lines));
  }
  return std::move(text.document);
}

Json read_document(const std::string& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return read_file(path);
  std::set<fs::path> files;
  for (const auto& entry : fs::directory_iterator(path)) {
    const auto ending = entry.path().extension();
    if (entry.is_regular_file() && (ending == ".yaml" || ending == ".yml")) {
      files.insert(entry.path());
    }
  }
  if (files.empty()) throw Exit(kRefused, path + " holds no .yaml file");
  Json all = Json::object();
  for (const auto& file : files) merge(all, read_file(file.string()));
  return all;
}

void print_words(const Json& answer) {
  for (const auto& word : answer.value("words", Json::array())) {
    std::cout << word.get<std::string>() << "\n";
  }
  print_warnings(answer);
  if (!answer.value("changed", true)) std::cout << "nothing to change\n";
}

void print_changes(const Json& answer) {
  for (const auto& change : answer.value("changes", Json::array())) {
    const auto kind = change.value("change", "");
    const char mark = kind == "create" ? '+' : (kind == "remove" ? '-' : '~');
    std::cout << mark << " " << change.value("key", "") << "\n";
    if (kind != "change") continue;
    const auto& before = change.at("before");
    for (const auto& [name, after] : change.at("after").items()) {
      const auto old = before.value(name, Json());
      if (old != after) {
        std::cout << "    " << name << ": " << old.dump() << " -> " << after.dump() << "\n";
      }
    }
  }
}

struct ApplyOptions {
  std::string path;
  bool dry_run = false;
  bool wait = false;
};

void apply(const Globals& globals, const ApplyOptions& options) {
  const auto document = read_document(options.path);
  const auto client = globals.session().client();
  if (options.dry_run) {
    print_words(client->post("/plan", document));
  } else if (options.wait) {
    follow_progress(*client, "/apply", document);
  } else {
    print_words(client->post("/apply", document));
  }
}

void diff(const Globals& globals, const std::string& path) {
  const auto answer = globals.session().client()->post("/plan", read_document(path));
  print_words(answer);
  print_changes(answer);
}

}  // namespace

void add_home(CLI::App& app, Globals& globals) {
  auto options = std::make_shared<ApplyOptions>();
  auto* apply_command = app.add_subcommand("apply", "make a box what a home.yaml says");
  apply_command->add_option("file", options->path, "file, directory of files, or -")->required();
  apply_command->add_flag("--dry-run", options->dry_run, "only say what would change");
  apply_command->add_flag("--wait", options->wait, "wait until it is all up");
  apply_command->callback([options, &globals] { apply(globals, *options); });

  auto path = std::make_shared<std::string>();
  auto* diff_command = app.add_subcommand("diff", "what applying a home.yaml would change");
  diff_command->add_option("file", *path, "file, directory of files, or -")->required();
  diff_command->callback([path, &globals] { diff(globals, *path); });

  auto* export_command =
      app.add_subcommand("export", "print the box as a home.yaml, passwords and secrets included");
  export_command->callback(
      [&globals] { std::cout << api::to_yaml(globals.session().client()->get("/export")); });

  auto directory = std::make_shared<std::string>();
  auto* store = app.add_subcommand("store", "the box's own records")->require_subcommand(1);
  auto* backup = store->add_subcommand("backup", "copy them to a new directory on the box");
  backup->add_option("directory", *directory, "absolute path on the box")->required();
  backup->callback([directory, &globals] {
    globals.session().client()->post("/store/backup", {{"directory", *directory}});
    std::cout << "backed up to " << *directory << "\n";
  });
}

}  // namespace town::ctl

// A whole box in one document: apply, diff, export, and the backup of the store.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
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

/// One or several files as one document, and where each field of it was written.
class HomeFiles {
 public:
  /// A file, a directory of files, or "-".
  explicit HomeFiles(const std::string& path) {
    for (const auto& file : files_at(path)) add(file);
    if (!unreadable_.empty()) refuse(std::move(unreadable_));
  }

  [[nodiscard]] const Json& document() const { return all_; }

  /// What the text alone tells.
  [[nodiscard]] Diagnostics own_faults() const {
    Diagnostics faults;
    api::parse_home(all_, faults);
    return faults;
  }

  /// Prints the faults in the order in which their places stand in the files, and ends the command.
  [[noreturn]] void refuse(Diagnostics faults) const {
    faults = api::with_lines(std::move(faults), places_by_field_);
    const auto place = [this](const Diagnostic& fault) {
      return fault.line > 0 ? places_.at(static_cast<std::size_t>(fault.line) - 1) : Place{};
    };
    std::stable_sort(faults.begin(), faults.end(), [&](const auto& a, const auto& b) {
      return std::pair(place(a).file, place(a).line) < std::pair(place(b).file, place(b).line);
    });
    std::size_t file = names_.size();
    for (const auto& fault : faults) {
      const auto [in, line] = place(fault);
      if (in != file) std::cerr << names_.at(in) << ":\n";
      file = in;
      if (line > 0) std::cerr << "line " << line << ": ";
      if (!fault.field.empty()) std::cerr << printable(fault.field) << ": ";
      std::cerr << printable(fault.message) << "\n";
    }
    throw Exit(kRefused, "");
  }

 private:
  struct Place {
    std::size_t file = 0;
    int line = 0;
  };

  static std::vector<std::string> files_at(const std::string& path) {
    std::error_code error;
    if (!fs::is_directory(path, error)) return {path};
    std::set<std::string> files;
    for (const auto& entry : fs::directory_iterator(path)) {
      const auto ending = entry.path().extension();
      if (entry.is_regular_file() && (ending == ".yaml" || ending == ".yml")) {
        files.insert(entry.path().string());
      }
    }
    if (files.empty()) throw Exit(kRefused, path + " holds no .yaml file");
    return {files.begin(), files.end()};
  }

  /// with_lines() looks up numbers of places, which know their file, too.
  void remember(const std::string& field, int line) {
    places_.push_back({names_.size() - 1, line});
    places_by_field_[field] = static_cast<int>(places_.size());
  }

  void add(const std::string& path) {
    names_.push_back(path);
    try {
      const auto text = api::read_home(read_text(path));
      for (const auto& [field, line] : text.lines) remember(joined(field), line);
      merge(text.document);
    } catch (const InvalidInput& error) {
      for (const auto& fault : error.faults()) {
        const auto place = path + " " + std::to_string(unreadable_.size());
        remember(place, fault.line);
        unreadable_.push_back({"", fault.message, places_by_field_[place]});
      }
    }
  }

  /// The field's name in the joined document: lists go on where those of earlier files end.
  [[nodiscard]] std::string joined(const std::string& field) const {
    const auto open = field.find('[');
    const auto close = field.find(']');
    if (open == std::string::npos || close == std::string::npos) return field;
    const auto list = all_.find(field.substr(0, open));
    if (list == all_.end() || !list->is_array()) return field;
    const auto at = std::stoul(field.substr(open + 1, close - open - 1)) + list->size();
    return field.substr(0, open + 1) + std::to_string(at) + field.substr(close);
  }

  /// Lists of several files are joined, settings of later ones win; a key of another type is left
  /// for the check to complain about.
  void merge(const Json& more) {
    if (!more.is_object()) {
      all_ = more;
      return;
    }
    for (const auto& [key, value] : more.items()) {
      auto& there = all_[key];
      if (there.is_array() && value.is_array()) {
        there.insert(there.end(), value.begin(), value.end());
      } else if (there.is_object() && value.is_object()) {
        there.update(value);
      } else {
        there = value;
      }
    }
  }

  Json all_ = Json::object();
  std::vector<std::string> names_;
  std::vector<Place> places_;
  std::map<std::string, int> places_by_field_;
  Diagnostics unreadable_;
};

/// Asks the box with the document. What is wrong with it comes in one go: what its text tells and
/// what the box says, or the former alone where the box does not answer.
template <typename Ask>
auto ask_box(const HomeFiles& files, api::Client& client, const Ask& ask) {
  auto own = files.own_faults();
  try {
    if (!own.empty()) client.post("/plan", files.document());
    if (own.empty()) return ask();
  } catch (const api::Refused& refused) {
    if (!refused.faults().empty()) files.refuse(refused.faults());
    if (own.empty()) throw;
  } catch (const api::Unreachable&) {
    if (own.empty()) throw;
  }
  files.refuse(std::move(own));
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
  const HomeFiles files(options.path);
  const auto client = globals.session().client();
  ask_box(files, *client, [&] {
    if (options.wait && !options.dry_run) {
      follow_progress(*client, "/apply", files.document());
    } else {
      print_words(client->post(options.dry_run ? "/plan" : "/apply", files.document()));
    }
  });
}

void diff(const Globals& globals, const std::string& path) {
  const HomeFiles files(path);
  const auto client = globals.session().client();
  const auto answer =
      ask_box(files, *client, [&] { return client->post("/plan", files.document()); });
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

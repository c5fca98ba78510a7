// Looking at the graph: get, describe, events.
#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "api/cmd/townctl.h"
#include "api/cmd/townctl_output.h"
#include "api/yaml_text.h"
#include "engine/package/nearest.h"
#include "state/key.h"

namespace town::ctl {
namespace {

using Json = nlohmann::json;

const std::vector<Column> kColumns = {
    {"NAME", "name"}, {"STATE", "word"}, {"REASON", "reason"}, {"MESSAGE", "message"}};

/// "packages" and "repositories" are as good as "package" and "repository".
std::string kind_of(std::string text) {
  if (parse_kind(text)) return text;
  if (text.ends_with("ies")) text = text.substr(0, text.size() - 3) + "y";
  if (!parse_kind(text) && text.ends_with('s')) text.pop_back();
  if (parse_kind(text)) return text;
  throw Exit(kWrongUsage,
             "unknown kind; there are repository, package, volume, image, unit, network, port, "
             "setting, answers and disk");
}

std::string path_of(const std::string& key) { return "/resources/" + api::Client::encode(key); }

Json list_of(api::Client& client, const std::string& kind) {
  return client.get("/resources?limit=1000000&kind=" + kind).at("entries");
}

/// Whether this is the whole of the name, or its last parts: "web" of "default/web".
bool is_called(const std::string& name, const std::string& given) {
  return name == given || name.ends_with("/" + given);
}

/// The resource, by its name or by as much of its end as only one bears.
Json find_resource(api::Client& client, const std::string& kind, const std::string& name) {
  try {
    return client.get(path_of(kind + "/" + name));
  } catch (const api::Refused& refused) {
    if (refused.status() != 404) throw;
  }
  std::vector<std::string> found;
  std::vector<std::string> all;
  const auto list = list_of(client, kind);
  for (const auto& row : list) {
    all.push_back(row.value("name", ""));
    if (is_called(all.back(), name)) found.push_back(all.back());
  }
  if (found.size() == 1) return client.get(path_of(kind + "/" + found.front()));
  if (found.empty()) {
    const auto near = package::nearest(name, {all.begin(), all.end()});
    throw Exit(kRefused,
               "there is no " + kind + " called " + printable(name) +
                   (near.empty() ? "" : "; did you mean " + printable(std::string(near)) + "?") +
                   " `townctl get " + kind + "` lists them");
  }
  std::string candidates;
  for (const auto& one : found) candidates += "\n  " + printable(one);
  throw Exit(kWrongUsage, "more than one " + kind + " is called so; name one of" + candidates);
}

struct GetOptions {
  std::string kind;
  std::string name;
  std::string output = "table";
  bool watch = false;
};

void print_one(const Json& row, const std::string& format) {
  if (format == "table") {
    std::cout << printable(row.value("name", "")) << "  " << row.value("word", "") << "  "
              << printable(row.value("message", "")) << std::endl;
  } else {
    print_document(row, format);
  }
}

/// What is there now, then each change, until the box or the person ends it.
void watch(api::Client& client, const Globals& globals, const std::string& stem,
           const std::string& format) {
  const auto stream = globals.session().client();
  stream->stream("GET", "/events", nullptr, [&](const Json& event) {
    const auto key = event.value("key", "");
    if (!key.starts_with(stem) || event.value("what", "") == "event") return true;
    try {
      print_one(client.get(path_of(key)), format);
    } catch (const api::Refused& gone) {
      if (gone.status() != 404) throw;
      std::cout << printable(key) << "  Gone" << std::endl;
    }
    return true;
  });
}

void get(const Globals& globals, const GetOptions& options) {
  const auto kind = kind_of(options.kind);
  const auto client = globals.session().client();
  auto stem = kind + "/";
  if (options.name.empty()) {
    print_list(list_of(*client, kind), kColumns, options.output);
  } else {
    const auto resource = find_resource(*client, kind, options.name);
    stem = resource.value("key", stem);
    if (options.output == "table") {
      print_table(Json::array({resource}), kColumns);
    } else {
      print_document(resource, options.output);
    }
  }
  if (options.watch) watch(*client, globals, stem, options.output);
}

void print_conditions(const Json& status) {
  for (const auto& condition : status.value("conditions", Json::array())) {
    std::cout << "  " << condition.value("type", "") << " (" << condition.value("reason", "")
              << ") since " << condition.value("since", "") << ": "
              << printable(condition.value("message", "")) << "\n";
  }
}

void print_rows(const char* title, const Json& rows) {
  if (rows.empty()) return;
  std::cout << title << ":\n";
  for (const auto& row : rows) {
    std::cout << "  " << printable(row.value("key", "")) << "  " << row.value("word", "") << "  "
              << printable(row.value("message", "")) << "\n";
  }
}

void print_event(const Json& event) {
  const auto count = event.value("count", 1);
  std::cout << event.value("last", "") << "  " << (event.value("warning", false) ? "!" : " ") << " "
            << printable(event.value("key", "")) << "  " << event.value("reason", "") << ": "
            << printable(event.value("message", ""));
  if (count > 1) std::cout << " (" << count << " times)";
  std::cout << std::endl;
}

void describe(const Globals& globals, const std::string& text) {
  const auto slash = text.find('/');
  if (slash == std::string::npos) throw Exit(kWrongUsage, "give KIND/NAME");
  const auto client = globals.session().client();
  const auto resource =
      find_resource(*client, kind_of(text.substr(0, slash)), text.substr(slash + 1));
  std::cout << printable(resource.value("key", "")) << ": " << resource.value("word", "");
  const auto message = resource.value("message", "");
  std::cout << (message.empty() ? "" : ", " + printable(message)) << "\n";
  if (resource.contains("culprit")) std::cout << "because of: " << resource["culprit"] << "\n";
  if (resource.contains("owner")) std::cout << "owner: " << resource["owner"] << "\n";
  std::cout << "spec:\n";
  // items() refers to the object: it must outlive the loop.
  const auto spec = resource.value("spec", Json::object());
  for (const auto& [name, value] : spec.items()) {
    if (name == "definition") continue;  // a whole file: `get -o yaml` has it
    std::cout << "  " << name << ": "
              << printable(value.is_string() ? value.get<std::string>() : value.dump()) << "\n";
  }
  std::cout << "conditions:\n";
  print_conditions(resource.value("status", Json::object()));
  print_rows("needs", resource.value("needs", Json::array()));
  print_rows("owns", resource.value("owned", Json::array()));
  const auto events = resource.value("events", Json::array());  // newest first
  if (!events.empty()) std::cout << "events:\n";
  for (auto event = events.rbegin(); event != events.rend(); ++event) print_event(*event);
}

/// Prints what is newer than `last`, oldest first, and returns the newest id.
std::uint64_t print_news(api::Client& client, const std::string& filter, std::uint64_t last) {
  const auto entries = client.get("/events/log?limit=50" + filter).at("entries");
  for (auto event = entries.rbegin(); event != entries.rend(); ++event) {
    const auto id = event->value("id", std::uint64_t{0});
    if (id <= last) continue;
    print_event(*event);
    last = id;
  }
  return last;
}

void events(const Globals& globals, bool follow) {
  const auto client = globals.session().client();
  auto last = print_news(*client, "", 0);
  if (!follow) return;
  const auto stream = globals.session().client();
  stream->stream("GET", "/events", nullptr, [&](const Json& event) {
    if (event.value("what", "") == "event") last = print_news(*client, "", last);
    return true;
  });
}

}  // namespace

void add_resources(CLI::App& app, Globals& globals) {
  auto options = std::make_shared<GetOptions>();
  auto* get_command = app.add_subcommand("get", "list resources, or show one");
  get_command->add_option("kind", options->kind, "package, volume, unit, …")->required();
  get_command->add_option("name", options->name, "one resource, by its name or its last part");
  get_command->add_option("-o,--output", options->output, "table, json or yaml")
      ->check(CLI::IsMember({"table", "json", "yaml"}));
  get_command->add_flag("--watch", options->watch, "go on with every change");
  get_command->callback([options, &globals] { get(globals, *options); });

  auto key = std::make_shared<std::string>();
  auto* describe_command = app.add_subcommand("describe", "all that is known of one resource");
  describe_command->add_option("key", *key, "KIND/NAME")->required();
  describe_command->callback([key, &globals] { describe(globals, *key); });

  auto follow = std::make_shared<bool>(false);
  auto* events_command = app.add_subcommand("events", "what happened");
  events_command->add_flag("--follow", *follow, "go on with what happens next");
  events_command->callback([follow, &globals] { events(globals, *follow); });
}

}  // namespace town::ctl

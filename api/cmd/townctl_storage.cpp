// Volumes of a box.
#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "api/cmd/townctl.h"
#include "api/cmd/townctl_output.h"
#include "engine/package/size.h"

namespace town::ctl {
namespace {

struct VolumeOptions {
  std::string name;
  std::string quota;
  bool yes = false;
};

constexpr const char* kSizeHelp =
    "such as 50gb: bytes, or a whole number with mb, gb or tb; none (or unlimited, or 0) is "
    "without limit";

/// 0: without limit.
std::uint64_t bytes_of(const std::string& text) {
  if (text == "none" || text == "unlimited") return 0;
  const auto bytes = package::parse_size(text);
  if (!bytes)
    throw Exit(kWrongUsage, "\"" + printable(text) + "\" is no size: give one " + kSizeHelp);
  return *bytes;
}

void list(const Globals& globals) {
  print_table(
      globals.session().client()->post("/storage", {{"limit", 1'000'000}}).at("entries"),
      {{"NAME", "name"}, {"STATE", "state"}, {"QUOTA", "quota"}, {"PATH", "internal_name"}});
}

void set_quota(const Globals& globals, const VolumeOptions& options) {
  globals.session().client()->post(
      "/storage/modify",
      {{"name", options.name},
       {"filesystem", {{"name", options.name}, {"quota", bytes_of(options.quota)}}}});
}

/// To the box, 0 stands for its default here.
void create(const Globals& globals, const VolumeOptions& options) {
  const auto bytes = options.quota.empty() ? 0 : bytes_of(options.quota);
  globals.session().client()->post("/storage/create", {{"name", options.name}, {"quota", bytes}});
  if (bytes == 0 && !options.quota.empty()) set_quota(globals, options);
}

void remove(const Globals& globals, const VolumeOptions& options) {
  if (!options.yes)
    throw Exit(kWrongUsage, "this destroys the data in it: say --yes if you mean it");
  globals.session().client()->post("/storage/remove", {{"name", options.name}});
}

}  // namespace

void add_storage(CLI::App& app, Globals& globals) {
  auto options = std::make_shared<VolumeOptions>();
  auto* volume = app.add_subcommand("volume", "volumes")->require_subcommand(1);
  volume->add_subcommand("list", "list them")->callback([&globals] { list(globals); });
  auto* create = volume->add_subcommand("create", "make one of your own");
  create->add_option("name", options->name)->required();
  create->add_option("--quota", options->quota,
                     std::string(kSizeHelp) + "; not given, the box's default");
  create->callback([&globals, options] { town::ctl::create(globals, *options); });
  auto* quota = volume->add_subcommand("quota", "change how much it may hold");
  quota->add_option("name", options->name)->required();
  quota->add_option("size", options->quota, kSizeHelp)->required();
  quota->callback([&globals, options] { set_quota(globals, *options); });
  auto* remove_command = volume->add_subcommand("remove", "destroy one and the data in it");
  remove_command->add_option("name", options->name)->required();
  remove_command->add_flag("--yes", options->yes, "destroy it without asking");
  remove_command->callback([&globals, options] { remove(globals, *options); });
}

}  // namespace town::ctl

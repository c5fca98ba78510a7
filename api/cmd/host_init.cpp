#include "api/cmd/host_init.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "controllers/drivers/disk_setup.h"
#include "engine/package/size.h"
#include "state/error.h"

namespace town {
namespace {

struct Options {
  SetupRequest request;
  std::string size;
  bool dry_run = false;
};

void say(const std::string& line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);  // before a step that may take minutes
}

void host_init(const Options& options) {
  if (geteuid() != 0) {
    throw Error(Code::denied, "NotRoot",
                "Only root can look at disks and mount them: run this command with sudo.");
  }
  const auto disks = make_disks();
  const auto request = checked(options.request);
  const auto plan = plan_setup(request, observe(*disks, request));
  say(plan.summary);
  for (const auto& step : plan.steps) say("  will " + step.words);
  if (options.dry_run) {
    say("Nothing was done: this was a dry run.");
    return;
  }
  if (plan.steps.empty()) return;
  carry_out(plan, *disks, [](const std::string& words) { say("now: " + words); });
  const auto data = plan.request.data.string();
  say(fmt::format("{} is ready.", data));
  // The unit that was installed with the programs knows of the default alone.
  const bool usual = plan.request.data == SetupRequest().data;
  say("Start the daemon with: " +
      (usual ? std::string("systemctl enable --now townd") : "townd --data " + data));
}

void read_size(Options& options) {
  const auto bytes = package::parse_size(options.size);
  if (!bytes || *bytes == 0) {
    throw CLI::ValidationError("--image", "must be a size such as 20gb or 512mb");
  }
  options.request.image_size = *bytes;
}

}  // namespace

void add_host_commands(CLI::App& app) {
  const auto options = std::make_shared<Options>();  // lives as long as the callbacks do
  auto* host = app.add_subcommand("host", "This machine itself");
  host->require_subcommand(1);
  auto* init = host->add_subcommand("init", "Give Town OS a btrfs file system for its data");
  auto* where = init->add_option_group("where the data goes");
  auto* image = where->add_option("--image", options->size, "Size of a file to keep it in: 20gb");
  auto* disk = where->add_option("--disk", options->request.disk, "Disk or partition to format");
  where->require_option(1);
  init->add_option("--claim", options->request.claim,
                   "Serial of the disk, to say that all it holds may be destroyed")
      ->needs(disk);
  init->add_option("--file", options->request.image, "Where the file goes")
      ->needs(image)
      ->capture_default_str();
  init->add_option("--data", options->request.data, "Where the data root is mounted")
      ->capture_default_str();
  init->add_flag("--dry-run", options->dry_run, "Say what would be done, and do nothing");
  init->callback([options, image] {
    if (image->count() > 0) read_size(*options);
    host_init(*options);
  });
}

}  // namespace town

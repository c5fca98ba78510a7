#include "controllers/drivers/disk_setup.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <system_error>

#include "state/error.h"

namespace town {
namespace {

using Action = SetupStep::Action;

constexpr std::uint64_t kMostImage = std::uint64_t{1} << 50;  // a petabyte; off_t holds more

Error conflict(const char* reason, const std::string& message) {
  return {Code::conflict, reason, message};
}

/// Unit files and messages carry these paths, so letters that mean something there are refused.
std::filesystem::path plain_path(const std::filesystem::path& path, const char* what) {
  const auto& text = path.native();
  const bool harmless = std::all_of(text.begin(), text.end(), [](char letter) {
    const auto byte = static_cast<unsigned char>(letter);
    return byte > ' ' && byte != 0x7f && letter != '%' && letter != '\\' && letter != '"' &&
           letter != '\'';
  });
  if (!path.is_absolute() || !harmless || text.size() > 200) {
    throw Error(Code::invalid, "BadPath",
                fmt::format("The {} must be an absolute path of at most 200 bytes, without blanks, "
                            "quotes, percent signs and backslashes.",
                            what));
  }
  std::error_code error;
  auto plain = std::filesystem::weakly_canonical(path, error);
  if (error) {
    throw Error(Code::invalid, "BadPath",
                fmt::format("The {} {} cannot be followed: {}.", what, text, error.message()));
  }
  return plain.has_filename() ? plain : plain.parent_path();
}

bool lies_in(const std::filesystem::path& file, const std::filesystem::path& directory) {
  const auto relative = file.lexically_relative(directory);
  return !relative.empty() && *relative.begin() != "..";
}

/// The data root must be nothing yet, or an empty directory.
void check_root(const SetupRequest& request, const RootFacts& root) {
  const auto name = request.data.string();
  if (root.mounted) {
    throw conflict(
        "RootTaken",
        fmt::format("{} is where {} is mounted, which is no btrfs. Unmount it, or choose "
                    "another place with --data.",
                    name, root.source.empty() ? "something else" : root.source));
  }
  if (root.exists && !(root.directory && root.empty)) {
    throw conflict("RootTaken",
                   fmt::format("{} is not an empty directory. Move what is there away, or choose "
                               "another place with --data.",
                               name));
  }
}

void check_unit(const SetupPlan& plan, const SetupFacts& facts) {
  if (!facts.unit || facts.unit->text == plan.unit_text) return;
  throw conflict(
      "UnitTaken",
      fmt::format("{} already says what shall be mounted on {}, and it is something else. Remove "
                  "that file, or the line in /etc/fstab that it was made from, if it is outdated.",
                  facts.unit->file.string(), plan.request.data.string()));
}

void add(SetupPlan& plan, Action action, std::string words) {
  plan.steps.push_back({action, std::move(words)});
}

/// What an image and a disk have in common: the mount.
void add_mount_steps(SetupPlan& plan, const SetupFacts& facts) {
  if (!facts.root.exists) {
    add(plan, Action::make_directory, fmt::format("make {}", plan.request.data.string()));
  }
  if (!facts.unit) {
    add(plan, Action::write_unit, fmt::format("write /etc/systemd/system/{}", plan.unit));
  }
  add(plan, Action::start_unit,
      fmt::format("mount it on {}, now and at every boot", plan.request.data.string()));
}

void plan_image_file(SetupPlan& plan, const SetupFacts& facts) {
  const auto& wanted = plan.request;
  const auto& image = facts.image;
  const auto name = wanted.image.string();
  if (image.exists && (!image.regular || (image.size > 0 && !image.ours))) {
    throw conflict("FileTaken", fmt::format("{} is already there and was not made by this command. "
                                            "Choose another place with --file.",
                                            name));
  }
  if (image.exists && image.size > 0) {
    if (image.size != wanted.image_size) {
      throw conflict(
          "FileTaken",
          fmt::format("{} is already there, with {} instead of {}. Ask for that size to "
                      "use it, or choose another place with --file.",
                      name, size_in_words(image.size), size_in_words(wanted.image_size)));
    }
    return;
  }
  const auto room =
      image.available < wanted.image_size
          ? fmt::format(" (only {} are free around it now; it takes room as it fills)",
                        size_in_words(image.available))
          : std::string();
  add(plan, Action::make_image,
      fmt::format("make {}, a sparse file of {} with a btrfs in it{}", name,
                  size_in_words(wanted.image_size), room));
}

void plan_image(SetupPlan& plan, const SetupFacts& facts) {
  const auto& wanted = plan.request;
  if (facts.root.btrfs) {
    plan.summary =
        fmt::format("{} is already a btrfs. Nothing needs to be done.", wanted.data.string());
    return;
  }
  check_root(wanted, facts.root);
  plan.unit_text = mount_unit_text(wanted.image.string(), wanted.data, "loop");
  check_unit(plan, facts);
  plan_image_file(plan, facts);
  add_mount_steps(plan, facts);
  plan.summary = fmt::format("{} becomes a btrfs in the file {}.", wanted.data.string(),
                             wanted.image.string());
}

/// In containers there is no udev, hence no link by UUID; mount(8) then looks for itself.
std::string source_of(const std::string& uuid, bool udev) {
  return udev ? "/dev/disk/by-uuid/" + uuid : "UUID=" + uuid;
}

void plan_format(SetupPlan& plan, const SetupFacts& facts) {
  const auto decision = decide(facts.disk, plan.request.claim);
  if (!decision.allowed) throw conflict("DiskRefused", decision.message);
  plan.uuid = facts.uuid;
  plan.unit_text = mount_unit_text(source_of(plan.uuid, facts.udev), plan.request.data, "");
  check_unit(plan, facts);
  if (decision.wipe) {
    add(plan, Action::wipe,
        fmt::format("DESTROY what {} holds: {}", facts.disk.path,
                    fmt::join(facts.disk.contents, ", ")));
  }
  add(plan, Action::format,
      fmt::format("format {} ({}) as btrfs", facts.disk.path, size_in_words(facts.disk.size)));
  plan.summary = fmt::format("{} becomes a btrfs on {}. {}", plan.request.data.string(),
                             facts.disk.path, decision.message);
}

/// An earlier run got as far as the unit for the very file system that the disk holds.
bool only_to_be_mounted(const SetupPlan& plan, const SetupFacts& facts) {
  if (!facts.unit || facts.disk.btrfs_uuid.empty() || !facts.disk.uses.empty()) return false;
  const auto text_for = [&](bool udev) {
    return mount_unit_text(source_of(facts.disk.btrfs_uuid, udev), plan.request.data, "");
  };
  return facts.unit->text == text_for(true) || facts.unit->text == text_for(false);
}

void plan_disk(SetupPlan& plan, const SetupFacts& facts) {
  const auto name = plan.request.data.string();
  plan.device = facts.disk.path;
  if (facts.root.btrfs && facts.root.source == facts.disk.path) {
    plan.summary = fmt::format("{} is already the btrfs on {}. Nothing needs to be done.", name,
                               facts.disk.path);
    return;
  }
  if (facts.root.btrfs && facts.root.mounted) {
    throw conflict("OtherBtrfs",
                   fmt::format("{} is already a btrfs, on {} and not on {}. Unmount it, or choose "
                               "another place with --data.",
                               name, facts.root.source, facts.disk.path));
  }
  check_root(plan.request, facts.root);
  if (only_to_be_mounted(plan, facts)) {
    plan.summary = fmt::format("{} was prepared by an earlier run.", facts.disk.path);
  } else {
    plan_format(plan, facts);
  }
  add_mount_steps(plan, facts);
}

void carry_out(const SetupStep& step, const SetupPlan& plan, Disks& disks) {
  switch (step.action) {
    case Action::make_image:
      return disks.make_image(plan.request.image, plan.request.image_size);
    case Action::wipe:
      return disks.wipe(plan.device);
    case Action::format:
      return disks.format_btrfs(plan.device, plan.uuid);
    case Action::make_directory:
      return disks.make_directory(plan.request.data);
    case Action::write_unit:
      return disks.write_unit(plan.unit, plan.unit_text);
    case Action::start_unit:
      return disks.start_unit(plan.unit);
  }
}

}  // namespace

SetupRequest checked(SetupRequest request) {
  request.data = plain_path(request.data, "data directory");
  if (request.data == "/") {
    throw Error(Code::invalid, "BadPath", "The data directory cannot be / itself.");
  }
  if (!request.disk.empty()) return request;
  request.image = plain_path(request.image, "image file");
  if (lies_in(request.image, request.data)) {
    throw Error(Code::invalid, "BadPath",
                fmt::format("The image file cannot lie in {}, which it would cover.",
                            request.data.string()));
  }
  if (request.image_size < kLeastDisk || request.image_size > kMostImage) {
    throw Error(Code::invalid, "BadSize",
                fmt::format("The size must be at least {} and at most {}.",
                            size_in_words(kLeastDisk), size_in_words(kMostImage)));
  }
  return request;
}

SetupFacts observe(Disks& disks, const SetupRequest& request) {
  SetupFacts facts;
  facts.root = disks.root(request.data);
  facts.unit = disks.unit(mount_unit_name(request.data));
  if (request.disk.empty()) {
    facts.image = disks.image(request.image);
    return facts;
  }
  facts.disk = disks.describe(request.disk);
  facts.udev = disks.has_udev();
  facts.uuid = disks.draw_uuid();
  return facts;
}

SetupPlan plan_setup(const SetupRequest& request, const SetupFacts& facts) {
  SetupPlan plan;
  plan.request = request;
  plan.unit = mount_unit_name(request.data);
  if (request.disk.empty()) {
    plan_image(plan, facts);
  } else {
    plan_disk(plan, facts);
  }
  return plan;
}

void carry_out(const SetupPlan& plan, Disks& disks,
               const std::function<void(const std::string& words)>& tell) {
  for (const auto& step : plan.steps) {
    tell(step.words);
    carry_out(step, plan, disks);
  }
  if (!plan.steps.empty() && !disks.root(plan.request.data).btrfs) {
    throw Error(Code::internal, "NotBtrfs",
                fmt::format("{} was mounted and still is no btrfs; 'systemctl status {}' may tell "
                            "why.",
                            plan.request.data.string(), plan.unit));
  }
}

}  // namespace town

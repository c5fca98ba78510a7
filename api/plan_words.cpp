#include "api/plan_words.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "api/packages.h"
#include "engine/package/definition.h"
#include "engine/package/names.h"
#include "engine/words.h"

namespace town::api {
namespace {

using Json = nlohmann::json;

constexpr std::array kSections = {"create", "change", "remove", "ports", "names", "reach", "keeps"};

/// Goes through the change, resource by resource.
class Teller {
 public:
  Teller(const Preview& preview, const Graph& graph, const PlanFacts& facts)
      : graph_(graph), facts_(facts) {
    for (const auto* section : kSections) plan_[section] = Json::array();
    for (const auto& resource : preview.delta.put) tell(resource);
    for (const auto& key : preview.delta.erased) {
      if (key.kind == Kind::unit) say("remove", "the service " + key.name);
    }
    for (const auto& resource : preview.delta.put) attached(resource);
    if (installed_) say("reach", "no other file of this box but its own volumes");
    disk();
    undo();
  }

  Json take() { return std::move(plan_); }

 private:
  void say(const char* section, std::string sentence) {
    plan_[section].push_back(std::move(sentence));
  }

  void tell(const Resource& resource) {
    const auto before = graph_.find(resource.key);
    const bool fresh = !before || before->deleting;
    if (resource.deleting) return leave(resource);
    if (const auto* package = std::get_if<PackageSpec>(&resource.spec)) {
      this->package(*package, fresh ? nullptr : std::get_if<PackageSpec>(&before->spec));
    } else if (const auto* volume = std::get_if<VolumeSpec>(&resource.spec)) {
      this->volume(*volume, fresh);
    } else if (const auto* image = std::get_if<ImageSpec>(&resource.spec)) {
      say(fresh ? "create" : "change",
          "download the image " + image->reference + ", unless it is there already");
    } else if (const auto* port = std::get_if<PortSpec>(&resource.spec)) {
      say("ports", fmt::format("port {} of this box, on {}", port->number, port->protocol));
    } else if (const auto* unit = std::get_if<UnitSpec>(&resource.spec)) {
      this->unit(resource, *unit, fresh);
    }
  }

  void leave(const Resource& resource) {
    if (const auto* volume = std::get_if<VolumeSpec>(&resource.spec)) {
      if (resource.purge) say("remove", "destroy " + volume->path + " and all that is in it");
    } else if (const auto* unit = std::get_if<UnitSpec>(&resource.spec)) {
      say("remove", "stop and remove " + unit->unit);
    }
  }

  void package(const PackageSpec& spec, const PackageSpec* before) {
    installed_ = &spec;
    before_ = before;
    if (before && before->version != spec.version) {
      say("change", fmt::format("{}: version {} takes the place of {}", spec.name, spec.version,
                                before->version));
    }
    for (const auto& [name, member] : spec.members) {
      if (before && before->members.contains(name)) continue;
      say("create", fmt::format("{} {} from {}, as {}'s own {}", member.package, member.version,
                                member.repo, spec.name, name));
    }
    names(spec);
    say("reach", "everything on your network and the internet, from inside its container");
    if (!spec.members.empty()) {
      say("reach", "what it brings along, by name, on a network that only they share");
    }
  }

  /// Volumes of other apps that a part of the app mounts.
  void attached(const Resource& resource) {
    const auto* unit = std::get_if<UnitSpec>(&resource.spec);
    if (!installed_ || !unit || resource.deleting || !resource.owner ||
        resource.owner->name != installed_->repo + "/" + installed_->name) {
      return;
    }
    for (const auto& mount : unit->mounts) {
      const auto volume = graph_.find(mount.volume);
      if (!volume || !volume->owner || *volume->owner == *resource.owner) continue;
      say("reach", fmt::format("what is in {}, which is {}'s: it may {} that", mount.path,
                               volume->owner->name, mount.read_only ? "read" : "change"));
    }
  }

  void names(const PackageSpec& spec) {
    const auto definition = definition_of(spec);
    const auto& supplies = definition.supplies;
    if (std::find(supplies.begin(), supplies.end(), "http") == supplies.end()) return;
    say("names", "https://" + package::dns_name(spec.repo, spec.name, facts_.tld) + "/");
  }

  void volume(const VolumeSpec& spec, bool fresh) {
    const bool known = !fresh || lies_elsewhere(spec.id);
    const auto quota =
        spec.quota == 0 ? std::string("without a limit") : "of at most " + size_words(spec.quota);
    if (!known) {
      needed_ += spec.quota;
      const bool copy = !spec.clone_of.empty();
      return say("create",
                 fmt::format("a volume {}, {}{}", quota, spec.path,
                             copy                 ? ", as a copy of the kept data"
                             : spec.seeds.empty() ? ""
                                                  : ", filled from " + source_words(spec.seeds)));
    }
    if (fresh) return say("keeps", fmt::format("the data moves on to {}", spec.path));
    say("change", fmt::format("the volume {}: {}", spec.path, quota));
  }

  /// Whether data with this identity is in the graph, wherever it lies.
  [[nodiscard]] bool lies_elsewhere(const std::string& id) const {
    for (const auto& resource : graph_.of(Kind::volume)) {
      if (std::get<VolumeSpec>(resource->spec).id == id) return true;
    }
    return false;
  }

  void unit(const Resource& resource, const UnitSpec& spec, bool fresh) {
    const auto before = graph_.find(resource.key);
    const auto* old = before ? std::get_if<UnitSpec>(&before->spec) : nullptr;
    if (!spec.installation.empty() && (fresh || !old || old->installation != spec.installation)) {
      say(fresh ? "create" : "change",
          fmt::format("{} commands of {} run in its container, once it is up",
                      spec.post_install.size(), spec.unit));
    }
    if (fresh) return say("create", "run " + spec.unit);
    if (before->digest == resource.digest) return;
    say("change", spec.running ? fmt::format("{} restarts; it is away for some seconds", spec.unit)
                               : "stop " + spec.unit);
  }

  void disk() {
    const auto& disk = facts_.disk;
    const auto left = disk.available > needed_ ? disk.available - needed_ : 0;
    const bool enough = disk.total == 0 || needed_ <= disk.available;
    std::string sentence =
        needed_ == 0 ? "no more disk than now" : "up to " + size_words(needed_) + " of disk";
    if (disk.total > 0) sentence += fmt::format("; {} would be left", size_words(left));
    if (!enough) {
      sentence = fmt::format(
          "up to {} of disk, but only {} are free: it will run, and stop when the disk is full",
          size_words(needed_), size_words(disk.available));
    }
    plan_["disk"] = {{"needed", needed_}, {"left", left}, {"sentence", sentence}};
  }

  void undo() {
    if (!installed_) return;
    const auto& name = installed_->name;
    std::string how = "uninstall " + name + ": its data is kept until you say otherwise";
    if (before_ && before_->version != installed_->version) {
      how = fmt::format(
          "install {} {} again: the data stays with it; what the new version has "
          "changed in it stays changed",
          name, before_->version);
    } else if (before_) {
      how = "install " + name + " with the answers it has now";
    }
    plan_["undo"] = how;
  }

  const Graph& graph_;
  const PlanFacts& facts_;
  Json plan_ = Json::object();
  const PackageSpec* installed_ = nullptr;
  const PackageSpec* before_ = nullptr;
  std::uint64_t needed_ = 0;
};

}  // namespace

Json plan_words(const Preview& preview, const Graph& graph, const PlanFacts& facts) {
  if (preview.delta.empty()) return Json::object();
  return Teller(preview, graph, facts).take();
}

std::vector<std::string> plan_lines(const Json& plan) {
  std::vector<std::string> lines;
  const std::array<std::pair<const char*, const char*>, 7> titles = {{{"create", "New"},
                                                                      {"change", "Changes"},
                                                                      {"remove", "Goes"},
                                                                      {"keeps", "Stays"},
                                                                      {"ports", "Found at"},
                                                                      {"names", "Found at"},
                                                                      {"reach", "May reach"}}};
  for (const auto& [section, title] : titles) {
    for (const auto& sentence : plan.value(section, Json::array())) {
      lines.push_back(fmt::format("{:<10} {}", title, sentence.get<std::string>()));
    }
  }
  if (plan.contains("disk")) {
    lines.push_back(
        fmt::format("{:<10} {}", "Disk", plan.at("disk").at("sentence").get<std::string>()));
  }
  if (plan.contains("undo")) {
    lines.push_back(fmt::format("{:<10} {}", "Undo", plan.at("undo").get<std::string>()));
  }
  return lines;
}

}  // namespace town::api

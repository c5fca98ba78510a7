#include "controllers/volumes/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

#include "engine/words.h"

namespace town::volumes {
namespace {

/// How soon a volume looks again whether another one has left its place.
constexpr std::chrono::milliseconds kRoomAgain{500};

class Planner {
 public:
  Planner(const View& view, const Observed& observed) : view_(view), observed_(observed) {
    for (const auto& subvolume : observed.subvolumes) {
      if (!subvolume.id.empty()) by_id_.emplace(subvolume.id, &subvolume);
      by_path_.emplace(subvolume.path, &subvolume);
    }
    for (const auto& resource : view.snapshot.graph->of(Kind::volume)) {
      wanted_[std::get<VolumeSpec>(resource->spec).id].push_back(resource);
    }
  }

  Plan make() {
    for (const auto& key : keys()) {
      const auto resource = view_.snapshot.graph->find(key);
      if (!resource || key.kind != Kind::volume) continue;
      if (resource->deleting) {
        remove(*resource);
      } else {
        converge(*resource);
      }
    }
    return std::move(plan_);
  }

 private:
  /// The due ones, and those that are not well yet: a volume may wait for another key's end.
  [[nodiscard]] std::set<Key> keys() const {
    std::set<Key> keys(view_.due.begin(), view_.due.end());
    for (const auto& [id, resources] : wanted_) {
      for (const auto& resource : resources) {
        if (resource->deleting || !view_.snapshot.ready(resource->key)) keys.insert(resource->key);
      }
    }
    return keys;
  }

  [[nodiscard]] const Subvolume* find(const std::string& id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second;
  }

  /// Another wish for the same data.
  [[nodiscard]] ResourcePtr other(const Resource& resource, bool deleting) const {
    for (const auto& candidate : wanted_.at(std::get<VolumeSpec>(resource.spec).id)) {
      if (candidate->key != resource.key && candidate->deleting == deleting) return candidate;
    }
    return nullptr;
  }

  void remove(const Resource& resource) {
    const auto& spec = std::get<VolumeSpec>(resource.spec);
    const auto* found = find(spec.id);
    if (found && resource.purge && !other(resource, false)) {
      Change change{.key = resource.key,
                    .action = "destroy",
                    .reason = "Purged",
                    .message = "destroyed " + spec.path + " and all that was in it, as asked",
                    .subject = found->path,
                    .finalizes = true};
      plan_.see(resource.key, false, "Removing", "being destroyed");
      plan_.changes.push_back(std::move(change));
      return;
    }
    // Its data goes on under another key, or was never made, or nobody asked to destroy it.
    Sighting sighting{.key = resource.key, .finalized = true};
    sighting.reason = "Removing";
    sighting.message = "waiting until nothing uses it";
    plan_.sightings.push_back(std::move(sighting));
  }

  void converge(const Resource& resource) {
    const auto& spec = std::get<VolumeSpec>(resource.spec);
    const auto* found = find(spec.id);
    if (!found) {
      make(resource, spec);
    } else if (found->path != spec.path) {
      move(resource, spec, *found);
    } else {
      adjust(resource, spec, *found);
    }
  }

  void make(const Resource& resource, const VolumeSpec& spec) {
    if (const auto before = other(resource, true)) {
      // Where the same data is also being let go of it may just be on its way to the disk.
      plan_.see(resource.key, false, "Waiting", "waiting until the app that uses it has stopped");
      return inherit(spec, *before);
    }
    if (by_path_.contains(spec.path)) return taken(resource, spec);
    const auto status = view_.snapshot.status(resource.key);
    const auto made = status.facts.find(kVolumeMade);
    const bool held_data = made != status.facts.end() && made->second == spec.id;
    if (held_data || spec.kept > 0) {
      plan_.see(resource.key, false, "VolumeLost",
                spec.path +
                    " is gone from the disk, and it held data. Nothing was put in its place. " +
                    (spec.kept > 0 ? "All that can be done is to purge it"
                                   : "Uninstall the app and install it again, and copy what you "
                                     "have saved into its new volume"),
                true);
      tell_of_loss(resource, status);
      return;
    }
    Change change{.key = resource.key, .action = "create", .reason = "Created"};
    change.message = "made " + spec.path + quota_words(spec.quota);
    if (!spec.clone_of.empty()) {
      const auto* source = find(spec.clone_of);
      if (!source) {
        plan_.see(resource.key, false, "SourceMissing",
                  "the volume that " + spec.path + " should begin as a copy of is not on the disk",
                  true);
        return;
      }
      change.action = "snapshot";
      change.subject = source->path;
      change.message = "made " + spec.path + " as a copy of " + source->path;
    }
    if (change.action == "create" && !spec.seeds.empty()) {
      change.action = "seed";
      change.slow = true;
      change.message += ", filled from " + source_words(spec.seeds);
      plan_.see(resource.key, false, "Filling", "is being filled from " + source_words(spec.seeds));
    } else {
      plan_.see(resource.key, false, "Creating", "is being made");
    }
    plan_.changes.push_back(std::move(change));
  }

  /// An upgrade gives the same data another key: that it was there once must go along, or what is
  /// lost would be made anew, empty, under the new one.
  void inherit(const VolumeSpec& spec, const Resource& before) {
    const auto status = view_.snapshot.status(before.key);
    const auto made = status.facts.find(kVolumeMade);
    if (made == status.facts.end() || made->second != spec.id) return;
    plan_.sightings.back().facts[kVolumeMade] = spec.id;
  }

  /// Once: the condition stays as long as the volume is away, the event as long as its history.
  void tell_of_loss(const Resource& resource, const Status& status) {
    const auto* known = status.find(ConditionType::degraded);
    if (known && known->reason == "VolumeLost") return;
    Event event;
    event.key = resource.key;
    event.warning = true;
    event.reason = "VolumeLost";
    event.message = plan_.sightings.back().message;
    plan_.events.push_back(std::move(event));
  }

  void move(const Resource& resource, const VolumeSpec& spec, const Subvolume& found) {
    const auto before = other(resource, true);
    if (before && !view_.snapshot.graph->dependants(before->key).empty()) {
      plan_.see(resource.key, false, "Waiting", "waiting until the app that uses it has stopped");
      return;
    }
    if (begins_circle(spec)) return aside(resource, spec, found);
    if (by_path_.contains(spec.path)) return taken(resource, spec);
    Change change{.key = resource.key, .action = "move", .reason = "Moved"};
    change.subject = found.path;
    change.message = "moved " + found.path + " to " + spec.path;
    if (settled(resource)) {
      change.repair = true;
      change.reason = "RenamedAway";
      change.message = spec.path + " had been renamed to " + found.path + "; moved back";
    }
    plan_.see(resource.key, false, "Moving", "is being moved");
    plan_.changes.push_back(std::move(change));
  }

  /// Where volumes lie in each other's places, each would wait for the other for good: the one with
  /// the lowest id makes room.
  [[nodiscard]] bool begins_circle(const VolumeSpec& spec) const {
    std::string path = spec.path;
    for (std::size_t steps = 0; steps <= by_path_.size(); ++steps) {
      const auto there = by_path_.find(path);
      if (there == by_path_.end()) return false;
      const auto& id = there->second->id;
      if (id == spec.id) return steps > 0;
      const auto wanted = wanted_.find(id);
      if (id < spec.id || wanted == wanted_.end()) return false;
      const auto goes_on =
          std::find_if(wanted->second.begin(), wanted->second.end(),
                       [](const ResourcePtr& resource) { return !resource->deleting; });
      if (goes_on == wanted->second.end()) return false;
      path = std::get<VolumeSpec>((*goes_on)->spec).path;
    }
    return false;
  }

  void aside(const Resource& resource, const VolumeSpec& spec, const Subvolume& found) {
    Change change{.key = resource.key, .action = "aside", .reason = "NamesExchanged"};
    change.subject = found.path;
    change.message = spec.path + " and another volume had each other's names; they are put right";
    change.repair = true;
    plan_.see(resource.key, false, "Moving", "is being moved");
    plan_.changes.push_back(std::move(change));
  }

  void adjust(const Resource& resource, const VolumeSpec& spec, const Subvolume& found) {
    const bool repair = settled(resource);
    const auto before = plan_.changes.size();
    if (found.quota != spec.quota) {
      Change change{.key = resource.key, .action = "limit", .reason = "QuotaChanged"};
      change.subject = found.path;
      change.message = fmt::format("quota of {} set to {}", spec.path, size_words(spec.quota));
      if (repair) {
        change.repair = true;
        change.reason = "QuotaDrifted";
        change.message = fmt::format("the quota of {} had been changed to {}; set back to {}",
                                     spec.path, size_words(found.quota), size_words(spec.quota));
      }
      plan_.changes.push_back(std::move(change));
    }
    if (spec.uid && spec.gid && (found.uid != *spec.uid || found.gid != *spec.gid)) {
      Change change{.key = resource.key, .action = "own", .reason = "OwnerChanged"};
      change.subject = found.path;
      change.message = fmt::format("owner of {} set to {}:{}", spec.path, *spec.uid, *spec.gid);
      change.repair = repair;
      plan_.changes.push_back(std::move(change));
    }
    files(resource, spec);
    if (plan_.changes.size() != before)
      return plan_.see(resource.key, false, "Adjusting", "is being adjusted");
    Sighting sighting{.key = resource.key, .ready = true};
    sighting.reason = "InPlace";
    sighting.message = "is there" + quota_words(spec.quota);
    sighting.facts[kVolumeMade] = spec.id;
    if (spec.quota > 0 && found.used > spec.quota) {
      sighting.degraded = true;
      sighting.reason = "OverQuota";
      sighting.message = fmt::format(
          "holds {}, more than its quota of {}: what is there is safe, but nothing more can be "
          "written until something is deleted or the quota is raised",
          size_words(found.used), size_words(spec.quota));
    }
    plan_.sightings.push_back(std::move(sighting));
  }

  /// Made from templates: written where they are missing, and never again (package format 9).
  void files(const Resource& resource, const VolumeSpec& spec) {
    const auto missing = observed_.missing.find(spec.path);
    if (missing == observed_.missing.end()) return;
    for (const auto& file : missing->second) {
      if (!spec.files.contains(file)) continue;
      Change change{.key = resource.key, .action = "write", .reason = "FileMissing"};
      change.subject = file;
      change.message = fmt::format("wrote {} into {}", file, spec.path);
      plan_.changes.push_back(std::move(change));
    }
  }

  void taken(const Resource& resource, const VolumeSpec& spec) {
    const auto& there = *by_path_.at(spec.path);
    if (!there.id.empty() && wanted_.contains(there.id)) {
      plan_.see(resource.key, false, "Waiting",
                "waiting until the volume that lies there has made room");
      plan_.sightings.back().again = kRoomAgain;
      return;
    }
    plan_.see(resource.key, false, "PathTaken",
              "something that is not this volume lies at " + spec.path +
                  "; it was not touched. Move it elsewhere, and this goes on by itself",
              true);
  }

  /// Was well at this generation: what differs now, somebody else did.
  [[nodiscard]] bool settled(const Resource& resource) const {
    return view_.snapshot.ready(resource.key);
  }

  static std::string quota_words(std::uint64_t quota) {
    return quota == 0 ? std::string(", without a quota") : ", quota " + size_words(quota);
  }

  const View& view_;
  const Observed& observed_;
  std::map<std::string, const Subvolume*> by_id_;
  std::map<std::string, const Subvolume*> by_path_;
  std::map<std::string, std::vector<ResourcePtr>> wanted_;
  Plan plan_;
};

}  // namespace

Plan plan(const View& view, const Observed& observed) { return Planner(view, observed).make(); }

}  // namespace town::volumes

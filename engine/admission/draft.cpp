#include "engine/admission/draft.h"

#include <spdlog/spdlog.h>

#include <charconv>
#include <random>

#include "engine/admission/settings.h"
#include "state/error.h"

namespace town {

std::vector<std::pair<Key, Spec>> Draft::all(Kind kind) const {
  std::map<Key, Spec> found;
  for (const auto& resource : graph_->of(kind)) {
    if (!resource->deleting && resource->declared()) found.emplace(resource->key, resource->spec);
  }
  for (const auto& [key, spec] : changes_) {
    if (key.kind != kind) continue;
    found.erase(key);
    if (spec) found.emplace(key, *spec);
  }
  return {found.begin(), found.end()};
}

bool Draft::being_cleared(const Key& volume, const std::string& id) const {
  const auto resource = graph_->find(volume);
  return resource && resource->deleting && std::get<VolumeSpec>(resource->spec).id != id;
}

void Draft::require_clear(const Key& volume, const std::string& id) const {
  if (!being_cleared(volume, id)) return;
  throw Error(Code::conflict, "StillRemoving",
              "the data that was at " + volume.name +
                  " is still being moved aside or destroyed. Try again when that is done");
}

bool Draft::on_disk(const std::string& id) {
  if (!disk_) {
    try {
      disk_.emplace(host_.volume_ids());
    } catch (const Error& error) {
      spdlog::warn("disk cannot be looked at, all data counts as there error={}", error.what());
      disk_.emplace(std::nullopt);
    }
  }
  return !*disk_ || (*disk_)->contains(id);
}

void Draft::put(const Key& key, Spec spec) { changes_.insert_or_assign(key, std::move(spec)); }

void Draft::remove(const Key& key) { changes_.insert_or_assign(key, std::nullopt); }

void Draft::purge(const Key& key) {
  // A derived volume goes with its package; only declared ones are removed by name.
  const auto resource = graph_->find(key);
  if (resource && resource->declared()) remove(key);
  purged_.push_back(key);
}

std::string Draft::setting(const std::string& key) const {
  const auto* found = find<SettingSpec>({Kind::setting, key});
  return found ? found->value : default_setting(key).value_or("");
}

std::uint16_t Draft::free_port(const std::set<std::uint16_t>& avoid) const {
  static constexpr int kTries = 100;
  std::set<std::string> answers;
  for (const auto& [key, spec] : all(Kind::package)) {
    const auto& package = std::get<PackageSpec>(spec);
    for (const auto& [name, value] : package.responses) answers.insert(value.reveal());
    for (const auto& [name, member] : package.members) {
      for (const auto& [question, value] : member.responses) answers.insert(value.reveal());
    }
  }
  std::random_device random;
  std::uniform_int_distribution<std::uint16_t> draw(10'000, 60'000);
  for (int i = 0; i < kTries; ++i) {
    const auto port = draw(random);
    const auto text = std::to_string(port);
    if (port == own_port_ || avoid.contains(port) || answers.contains(text)) continue;
    if (graph_->find({Kind::port, "tcp/" + text})) continue;
    if (!host_.port_holder(port, "tcp").empty()) continue;
    return port;
  }
  return 0;
}

}  // namespace town

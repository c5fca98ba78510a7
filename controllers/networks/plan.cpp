#include "controllers/networks/plan.h"

#include <fmt/format.h>

#include <set>

#include "controllers/marks.h"

namespace town::networks {
namespace {

using namespace std::chrono_literals;

/// How soon a port that a foreign program holds is looked at again: sockets send no signal.
constexpr auto kPortAgain = 5s;
/// How soon a network whose app is being switched to another one is looked at again.
constexpr auto kSwitchAgain = 1s;

class Planner {
 public:
  Planner(const View& view, const Observed& observed) : view_(view), observed_(observed) {
    for (const auto& network : observed.networks) by_name_.emplace(network.name, &network);
    for (const auto& listener : observed.listeners) {
      by_port_.try_emplace({listener.port, listener.protocol}, &listener);
    }
  }

  Plan make() {
    for (const auto& key : view_.due) {
      const auto resource = view_.snapshot.graph->find(key);
      if (!resource) continue;
      if (key.kind == Kind::network) network(*resource);
      if (key.kind == Kind::port) port(*resource);
    }
    if (view_.resync) orphans();
    return std::move(plan_);
  }

 private:
  void network(const Resource& resource) {
    const auto& name = std::get<NetworkSpec>(resource.spec).network;
    const auto found = by_name_.find(name);
    const bool there = found != by_name_.end();
    const bool ours = there && key_of(*found->second) == to_string(resource.key);
    if (resource.deleting) {
      Sighting sighting{.key = resource.key, .finalized = !ours};
      sighting.reason = "Removing";
      sighting.message = "waiting until nothing uses it";
      const bool used = ours && switching(resource);
      if (used) sighting.again = kSwitchAgain;
      plan_.sightings.push_back(sighting);
      if (ours && !used) {
        plan_.changes.push_back({.key = resource.key,
                                 .action = "remove",
                                 .reason = "Removed",
                                 .message = "removed network " + name,
                                 .subject = name,
                                 .finalizes = true});
      }
      return;
    }
    if (ours) return plan_.see(resource.key, true, "InPlace", "is there");
    if (there) {
      return plan_.see(resource.key, false, "NameTaken",
                       "a podman network called " + name +
                           " is there already and is not ours; rename or remove it",
                       true);
    }
    const bool repair = view_.snapshot.ready(resource.key);
    plan_.see(resource.key, false, "Creating", "is being made");
    plan_.changes.push_back({.key = resource.key,
                             .action = "create",
                             .reason = repair ? "NetworkRemoved" : "Created",
                             .message = repair ? "network " + name + " had been removed; made again"
                                               : "made network " + name,
                             .subject = name,
                             .repair = repair});
  }

  /// The app goes on in another network, and its unit has not switched to it yet.
  [[nodiscard]] bool switching(const Resource& resource) const {
    if (!resource.owner) return false;
    for (const auto& part : view_.snapshot.graph->owned_by(*resource.owner)) {
      if (part->key.kind == Kind::unit && !view_.snapshot.ready(part->key)) return true;
    }
    return false;
  }

  void port(const Resource& resource) {
    const auto& spec = std::get<PortSpec>(resource.spec);
    if (resource.deleting) {
      Sighting sighting{.key = resource.key, .finalized = true};
      sighting.reason = "Removing";
      sighting.message = "waiting until its app has stopped";
      plan_.sightings.push_back(sighting);
      return;
    }
    const auto found = by_port_.find({spec.number, spec.protocol});
    if (found != by_port_.end() && !held_by_unit(*found->second, spec.unit)) {
      plan_.see(
          resource.key, false, "PortInUse",
          fmt::format("port {} is in use by {}. Stop that program, or choose another port for this "
                      "app",
                      spec.number, holder(*found->second)),
          true);
      plan_.sightings.back().again = kPortAgain;
      return;
    }
    plan_.see(resource.key, true, "Claimed",
              fmt::format("port {} is kept for this app", spec.number));
  }

  [[nodiscard]] bool held_by_unit(const Listener& listener, const std::string& unit) const {
    const auto found = observed_.containers.find(listener.pid);
    if (found == observed_.containers.end()) return false;
    // By the mark, not by the name: the app's earlier version may still be up, until the unit
    // switches.
    const auto key = found->second.annotations.find(marks::kKey);
    return key != found->second.annotations.end() && key->second == unit;
  }

  [[nodiscard]] std::string holder(const Listener& listener) const {
    const auto found = observed_.containers.find(listener.pid);
    if (found != observed_.containers.end()) return "the container " + found->second.name;
    if (listener.program.empty()) return "another program on this machine";
    return fmt::format("{} (process {}), which is not one of your apps", listener.program,
                       listener.pid);
  }

  /// Networks that bear our mark and that nobody wants.
  void orphans() {
    for (const auto& network : observed_.networks) {
      const auto text = key_of(network);
      const auto key = parse_key(text);
      if (!key || key->kind != Kind::network) continue;
      const auto* spec = view_.snapshot.graph->spec<NetworkSpec>(*key);
      if (spec && spec->network == network.name) continue;
      plan_.changes.push_back(
          {.key = *key,
           .action = "remove",
           .reason = "Orphan",
           .message = "removed network " + network.name + ", which no app uses any more",
           .subject = network.name,
           .waits = false});
    }
  }

  static std::string key_of(const PodmanNetwork& network) {
    const auto label = network.labels.find(marks::kKey);
    return label == network.labels.end() ? std::string() : label->second;
  }

  const View& view_;
  const Observed& observed_;
  std::map<std::string, const PodmanNetwork*> by_name_;
  std::map<std::pair<std::uint16_t, std::string>, const Listener*> by_port_;
  Plan plan_;
};

}  // namespace

Plan plan(const View& view, const Observed& observed) { return Planner(view, observed).make(); }

}  // namespace town::networks

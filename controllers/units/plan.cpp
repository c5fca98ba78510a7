#include "controllers/units/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "controllers/marks.h"
#include "controllers/units/commands.h"

namespace town::units {
namespace {

/// The run that was seen last: another one means that it was restarted without us.
constexpr auto kInvocation = "invocation";
/// Digest of the spec that it was last seen well with.
constexpr auto kWellWith = "well_with";

/// So many starts by systemd alone are no accident any more.
constexpr std::uint32_t kLoop = 3;
/// How long one of those must stay up to be called well.
constexpr std::chrono::milliseconds kStaysUp{15'000};
/// How soon something that goes looks again whether its app has been switched.
constexpr std::chrono::milliseconds kSwitchedAgain{1'000};

bool is_up(const UnitState& state) { return state.active_state == "active"; }

bool is_down(const UnitState& state) {
  return state.active_state == "inactive" || state.active_state == "failed";
}

class Planner {
 public:
  Planner(const View& view, const Observed& observed) : view_(view), observed_(observed) {
    for (const auto& [unit, mark] : observed.files) units_of_[mark.key].insert(unit);
    for (const auto& [unit, container] : observed.running) {
      const auto text = container.annotations.find(marks::kKey);
      if (text == container.annotations.end()) continue;
      if (const auto key = parse_key(text->second)) units_of_[*key].insert(unit);
    }
  }

  Plan make() {
    for (const auto& key : view_.due) {
      const auto resource = view_.snapshot.graph->find(key);
      if (!resource) continue;
      if (key.kind == Kind::image) image(*resource);
      if (key.kind == Kind::unit) unit(*resource);
    }
    if (view_.resync) orphans();
    return std::move(plan_);
  }

 private:
  void image(const Resource& resource) {
    const auto& reference = std::get<ImageSpec>(resource.spec).reference;
    if (resource.deleting) {
      plan_.sightings.push_back({.key = resource.key, .finalized = true});
      return;
    }
    if (observed_.images.contains(reference)) {
      return plan_.see(resource.key, true, "InPlace", reference + " is there");
    }
    plan_.see(resource.key, false, "Pulling", "downloading " + reference);
    plan_.changes.push_back({.key = resource.key,
                             .action = "pull",
                             .reason = "Pulled",
                             .message = "downloaded " + reference,
                             .subject = reference,
                             .slow = true});
  }

  void unit(const Resource& resource) {
    if (resource.deleting) return remove(resource);
    const auto& spec = std::get<UnitSpec>(resource.spec);
    const auto before = plan_.changes.size();
    const bool reload = write(resource, spec);
    const auto written = plan_.changes.size();
    replace_other_units(resource, spec);
    run(resource, spec);
    // A unit that is stopped is forgotten by systemd, which then reads its file when it is started:
    // a reload, the dearest of all calls, would tell it nothing more. Where something keeps the
    // unit loaded after all, the driver sees to it.
    if (reload && !stops(written)) {
      add(resource, Stage::settle, "reload", "Reloaded", "", spec.unit);
      std::rotate(plan_.changes.begin() + static_cast<std::ptrdiff_t>(written),
                  plan_.changes.end() - 1, plan_.changes.end());
    }
    if (plan_.changes.size() == before) settled(resource, spec);
  }

  /// Whether a change from `first` on stops the unit.
  [[nodiscard]] bool stops(std::size_t first) const {
    return std::any_of(plan_.changes.begin() + static_cast<std::ptrdiff_t>(first),
                       plan_.changes.end(),
                       [](const Change& change) { return change.action == "stop"; });
  }

  /// The unit file and the environment; true where systemd must be told to read it again.
  bool write(const Resource& resource, const UnitSpec& spec) {
    const auto file = observed_.files.find(spec.unit);
    const auto state = state_of(spec.unit);
    const bool missing = file == observed_.files.end();
    const bool stale =
        !missing && (file->second.spec != resource.digest ||
                     file->second.check !=
                         check_mark(observed_.checker, volume_ids(*view_.snapshot.graph, spec)));
    const bool edited = !missing && !stale && !file->second.intact;
    const auto environment = observed_.environments.find(spec.unit);
    const bool settings = environment == observed_.environments.end() ||
                          environment->second != render_environment(spec);
    if (missing || stale || edited || settings) {
      const bool repair = settled_before(resource) && !rebooted(spec.unit);
      std::string reason = stale ? "SpecChanged" : "Missing";
      std::string message;
      if (repair && missing) {
        reason = "UnitFileDeleted";
        message = "the unit file of " + spec.unit + " had been deleted; written again";
      } else if (repair && edited) {
        reason = "UnitFileEdited";
        message = "the unit file of " + spec.unit + " had been edited; written again";
      } else if (repair && settings && !stale) {
        reason = "EnvironmentChanged";
        message = "the environment file of " + spec.unit + " had been changed; written again";
      }
      add(resource, Stage::prepare, "write", reason, message, spec.unit);
      plan_.changes.back().repair = !message.empty();
    }
    // A file that systemd has not read yet needs no reload: it is read when the unit is started.
    const bool loaded = state && state->load_state == "loaded";
    return loaded && (missing || stale || edited || state->need_reload);
  }

  /// Units of an earlier version of the same app: they end before the new one starts.
  void replace_other_units(const Resource& resource, const UnitSpec& spec) {
    const auto found = units_of_.find(resource.key);
    if (found == units_of_.end()) return;
    for (const auto& unit : found->second) {
      if (unit == spec.unit) continue;
      add(resource, Stage::act, "forget", "Replaced", "ended " + unit + ", which this replaces",
          unit);
    }
  }

  void run(const Resource& resource, const UnitSpec& spec) {
    const auto state = state_of(spec.unit);
    const bool down = !state || is_down(*state);
    if (!spec.running) {
      if (!down) {
        add(resource, Stage::act, "stop", "Stopped", "stopped " + spec.unit, spec.unit);
        plan_.changes.back().waits = false;
      }
      return;
    }
    if (down) return start(resource, spec, state);
    const auto running = observed_.running.find(spec.unit);
    if (!is_up(*state) || running == observed_.running.end()) return;
    const auto digest = running->second.annotations.find(marks::kSpec);
    if (digest != running->second.annotations.end() && digest->second == resource.digest) return;
    add(resource, Stage::act, "stop", "SpecChanged", "", spec.unit);
    add(resource, Stage::act, "start", "SpecChanged",
        "restarted " + spec.unit + " with its new settings", spec.unit);
  }

  void start(const Resource& resource, const UnitSpec& spec, const UnitState* state) {
    if (!settled_before(resource) || rebooted(spec.unit)) {
      return add(resource, Stage::act, "start", "Started", "started " + spec.unit, spec.unit);
    }
    const bool crashed = state && state->active_state == "failed";
    if (crashed) {
      plan_.see(resource.key, false, "Crashed",
                "it stopped by itself (" + words(*state) +
                    "); its log says why. It is started again, less "
                    "and less often");
      plan_.sightings.back().degraded = true;
      plan_.sightings.back().facts[kInvocation] = "";
    }
    add(resource, Stage::act, "start", crashed ? "Crashed" : "StoppedBehindOurBack",
        crashed ? fmt::format("{} had failed ({}); started again", spec.unit, words(*state))
                : spec.unit + " had been stopped by somebody else; started again",
        spec.unit);
    plan_.changes.back().repair = true;
  }

  /// Started over and over by systemd. One that is up counts until it was seen to stay up.
  [[nodiscard]] bool keeps_failing(const Resource& resource, const UnitState& state) const {
    if (state.restarts < kLoop) return false;
    if (!is_up(state)) return state.sub_state == "auto-restart";
    const auto status = view_.snapshot.status(resource.key);
    const auto* degraded = status.find(ConditionType::degraded);
    const auto seen = status.facts.find(kInvocation);
    return degraded != nullptr && degraded->reason == "KeepsFailing" &&
           (seen == status.facts.end() || seen->second != state.invocation);
  }

  /// Nothing to change: how it is.
  void settled(const Resource& resource, const UnitSpec& spec) {
    const auto state = state_of(spec.unit);
    if (!spec.running) {
      plan_.see(resource.key, true, "Stopped", "stopped, as asked");
      plan_.sightings.back().facts[kInvocation] = "";
      plan_.sightings.back().facts[kWellWith] = "";
      return;
    }
    if (state && keeps_failing(resource, *state)) {
      plan_.see(
          resource.key, false, "KeepsFailing",
          fmt::format("it has stopped by itself {} times ({}) and is being started again; its log "
                      "says why",
                      state->restarts + (is_up(*state) ? 0 : 1), words(*state)));
      plan_.sightings.back().degraded = true;
      plan_.sightings.back().again = kStaysUp;
      plan_.sightings.back().facts[kInvocation] = is_up(*state) ? state->invocation : "";
      return;
    }
    if (!state || !is_up(*state)) {
      const bool again = state && state->sub_state == "auto-restart";
      if (state && state->active_state == "deactivating") {
        return plan_.see(resource.key, false, "Stopping", "is stopping");
      }
      return plan_.see(resource.key, false, again ? "Restarting" : "Starting",
                       again
                           ? "stopped by itself (" + words(*state) + ") and is being started again"
                           : "is being started");
    }
    const auto status = view_.snapshot.status(resource.key);
    const auto seen = status.facts.find(kInvocation);
    if (seen != status.facts.end() && !seen->second.empty() && seen->second != state->invocation) {
      Event event;
      event.key = resource.key;
      event.warning = true;
      event.reason = "Restarted";
      event.message = spec.unit + " had stopped by itself; systemd started it again";
      plan_.events.push_back(std::move(event));
    }
    const auto running = observed_.running.find(spec.unit);
    const auto image = running == observed_.running.end() ? "" : running->second.image;
    if (auto due = due_command(resource.key, spec, status.facts, image)) {
      plan_.see(resource.key, false, "RunningCommands", due->doing);
      plan_.sightings.back().facts = std::move(due->facts);
      plan_.changes.push_back(std::move(due->change));
    } else if (auto missed = missed_commands(spec, status.facts)) {
      plan_.see(resource.key, true, missed->reason, missed->message);
      plan_.sightings.back().degraded = true;
      plan_.sightings.back().facts = facts_when_well(spec, image);
    } else {
      plan_.see(resource.key, true, "Running", "running");
      plan_.sightings.back().facts = facts_when_well(spec, image);
    }
    plan_.sightings.back().facts[kInvocation] = state->invocation;
    plan_.sightings.back().facts[kWellWith] = resource.digest;
  }

  /// What an app brought along serves it until the app itself has been switched to a version
  /// without it: prepared first, switched last.
  [[nodiscard]] bool still_serves(const Resource& resource) const {
    if (!resource.owner) return false;
    const auto app = view_.snapshot.graph->find({Kind::unit, resource.owner->name});
    if (!app || app->deleting || app->key == resource.key) return false;
    std::set<std::string> units = {std::get<UnitSpec>(app->spec).unit};
    if (const auto found = units_of_.find(app->key); found != units_of_.end()) {
      units.insert(found->second.begin(), found->second.end());
    }
    return std::any_of(units.begin(), units.end(), [&](const std::string& unit) {
      const auto running = observed_.running.find(unit);
      if (running == observed_.running.end()) return false;
      const auto digest = running->second.annotations.find(marks::kSpec);
      return digest == running->second.annotations.end() || digest->second != app->digest;
    });
  }

  void remove(const Resource& resource) {
    if (still_serves(resource)) {
      plan_.see(resource.key, false, "Waiting", "still serves the version that is being replaced");
      plan_.sightings.back().again = kSwitchedAgain;
      return;
    }
    std::set<std::string> units;
    const auto found = units_of_.find(resource.key);
    if (found != units_of_.end()) units = found->second;
    const auto& own = std::get<UnitSpec>(resource.spec).unit;
    const auto state = state_of(own);
    if ((state && !(is_down(*state) && state->active_state != "failed")) ||
        observed_.environments.contains(own)) {
      units.insert(own);
    }
    if (units.empty()) {
      plan_.sightings.push_back({.key = resource.key, .finalized = true});
      return;
    }
    plan_.see(resource.key, false, "Removing", "being stopped and removed");
    for (const auto& unit : units) {
      add(resource, Stage::act, "forget", "Removed", "stopped and removed " + unit, unit);
      plan_.changes.back().waits = false;
    }
    plan_.changes.back().finalizes = true;
  }

  /// What bears our mark and nobody wants: unit files, and containers that no unit runs.
  void orphans() {
    for (const auto& [key, units] : units_of_) {
      if (view_.snapshot.graph->find(key)) continue;
      for (const auto& unit : units) {
        orphan(key, "forget", unit, "removed " + unit + ", which no app wants any more");
      }
    }
    for (const auto& container : observed_.containers) {
      const auto text = container.annotations.find(marks::kKey);
      const auto unit = container.annotations.find(marks::kUnit);
      if (text == container.annotations.end() || unit == container.annotations.end()) continue;
      const auto key = parse_key(text->second);
      const auto state = state_of(unit->second);
      if (!key || (state && !is_down(*state))) continue;
      orphan(*key, "remove_container", container.name,
             "removed the container " + container.name + ", which was left over");
    }
  }

  void orphan(const Key& key, const std::string& action, const std::string& subject,
              const std::string& message) {
    plan_.changes.push_back({.key = key,
                             .action = action,
                             .reason = "Orphan",
                             .message = message,
                             .subject = subject,
                             .waits = false});
  }

  void add(const Resource& resource, Stage stage, const std::string& action,
           const std::string& reason, const std::string& message, const std::string& subject) {
    if (stage == Stage::act &&
        (plan_.sightings.empty() || plan_.sightings.back().key != resource.key)) {
      plan_.see(resource.key, false, reason, "is being changed");
      // Ours is the next run: it is not one that came about without us.
      plan_.sightings.back().facts[kInvocation] = "";
      // Nor may a later try take what we write now for a sign that somebody stopped it.
      if (rebooted(std::get<UnitSpec>(resource.spec).unit)) {
        plan_.sightings.back().facts[kWellWith] = "";
      }
    }
    plan_.changes.push_back({.key = resource.key,
                             .stage = stage,
                             .action = action,
                             .reason = reason,
                             .message = message,
                             .subject = subject});
  }

  [[nodiscard]] const UnitState* state_of(const std::string& unit) const {
    const auto found = observed_.states.find(unit);
    return found == observed_.states.end() ? nullptr : &found->second;
  }

  /// Was well with this very spec: what differs now came about without us. Not asked of Ready,
  /// which goes as soon as systemd says that the unit is on its way down.
  [[nodiscard]] bool settled_before(const Resource& resource) const {
    const auto status = view_.snapshot.status(resource.key);
    const auto found = status.facts.find(kWellWith);
    return found != status.facts.end() && found->second == resource.digest;
  }

  /// Nothing at all is there: not somebody's doing, but the machine's, which keeps this in RAM.
  [[nodiscard]] bool rebooted(const std::string& unit) const {
    return !observed_.files.contains(unit) && !observed_.environments.contains(unit);
  }

  static std::string words(const UnitState& state) {
    // The check before the start failed: the container was not run, and has no code.
    if (state.result == "exit-code" && state.exit_status == 0) {
      return "a check before its start failed";
    }
    if (state.result == "exit-code") return fmt::format("it ended with code {}", state.exit_status);
    if (state.result == "signal") return fmt::format("signal {} ended it", state.exit_status);
    if (state.result == "timeout") return "it did not answer in time";
    if (state.result == "start-limit-hit") return "it kept failing";
    return state.result.empty() ? "the reason is not known" : state.result;
  }

  const View& view_;
  const Observed& observed_;
  std::map<Key, std::set<std::string>> units_of_;
  Plan plan_;
};

}  // namespace

Plan plan(const View& view, const Observed& observed) { return Planner(view, observed).make(); }

}  // namespace town::units

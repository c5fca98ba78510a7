#include <fmt/format.h>

#include "controllers/drivers/memory_state.h"
#include "controllers/drivers/unit_name.h"
#include "state/error.h"

namespace town {
namespace {

class MemorySystemd final : public Systemd {
 public:
  explicit MemorySystemd(std::shared_ptr<MemoryMachine::State> state) : state_(std::move(state)) {}

  std::vector<UnitState> states() override {
    const std::lock_guard lock(state_->mutex);
    std::vector<UnitState> result;
    for (const auto& [unit, loaded] : state_->units) {
      result.push_back(loaded.state);
      const auto file = state_->files.find(unit);
      result.back().need_reload = file == state_->files.end() || file->second != loaded.text;
    }
    return result;
  }

  std::map<std::string, std::string> files() override {
    const std::lock_guard lock(state_->mutex);
    std::map<std::string, std::string> result;
    for (const auto& [unit, text] : state_->files) {
      if (text.starts_with(kUnitMark)) result.emplace(unit, text);
    }
    return result;
  }

  void write_file(const std::string& unit, const std::string& text) override {
    check_unit_name(unit);
    state_->call("systemd.write_file " + unit);
    state_->with_lock([&] { state_->files[unit] = text; });
    state_->unit_changed(unit);
  }

  void remove_file(const std::string& unit) override {
    check_unit_name(unit);
    state_->call("systemd.remove_file " + unit);
    state_->with_lock([&] { state_->files.erase(unit); });
    state_->unit_changed(unit);
  }

  std::map<std::string, std::string> environments() override {
    const std::lock_guard lock(state_->mutex);
    return state_->environments;
  }

  void write_environment(const std::string& unit, const std::string& text) override {
    check_unit_name(unit);
    state_->call("systemd.write_environment " + unit);
    state_->with_lock([&] { state_->environments[unit] = text; });
    state_->unit_changed(unit);
  }

  void remove_environment(const std::string& unit) override {
    check_unit_name(unit);
    state_->call("systemd.remove_environment " + unit);
    state_->with_lock([&] { state_->environments.erase(unit); });
    state_->unit_changed(unit);
  }

  void reload() override {
    state_->call("systemd.reload");
    state_->with_lock([&] {
      ++state_->reloads;
      for (auto it = state_->units.begin(); it != state_->units.end();) {
        it = reload_unit(it) ? std::next(it) : state_->units.erase(it);
      }
    });
    state_->unit_changed("");
  }

  void start(const std::string& unit, std::chrono::milliseconds deadline,
             const std::stop_token& stop) override {
    check_unit_name(unit);
    state_->call("systemd.start " + unit);
    std::string failure;
    std::string result;
    state_->with_lock([&] {
      auto& loaded = load(unit);
      if (loaded.state.active_state == "active" || loaded.state.active_state == "activating")
        return;
      failure = state_->run_unit(unit, loaded, result);
    });
    state_->unit_changed(unit);
    if (!failure.empty()) {
      throw Error(Code::remote, "JobFailed",
                  fmt::format("{} could not be started ({}): {}", unit, result, failure));
    }
    state_->podman_changed("container");
    await_started(unit, deadline, stop);
  }

  void stop(const std::string& unit, std::chrono::milliseconds /*deadline*/,
            const std::stop_token& /*stop*/) override {
    check_unit_name(unit);
    state_->call("systemd.stop " + unit);
    if (!state_->stop_unit(unit)) return;
    state_->unit_changed(unit);
    state_->podman_changed("container");
  }

  void reset_failed(const std::string& unit) override {
    check_unit_name(unit);
    state_->call("systemd.reset_failed " + unit);
    const bool was = state_->with_lock([&] {
      const auto found = state_->units.find(unit);
      if (found == state_->units.end() || found->second.state.active_state != "failed")
        return false;
      state_->units.erase(found);
      return true;
    });
    if (was) state_->unit_changed(unit);
  }

  void on_change(std::function<void(const std::string&)> notify) override {
    state_->with_lock([&] { state_->systemd_notify = std::move(notify); });
  }

  [[nodiscard]] std::uint64_t reloads() const override {
    const std::lock_guard lock(state_->mutex);
    return state_->reloads;
  }

 private:
  /// As systemd does: a unit that it knows keeps the text that was read first.
  LoadedUnit& load(const std::string& unit) {
    const auto known = state_->units.find(unit);
    if (known != state_->units.end()) return known->second;
    const auto file = state_->files.find(unit);
    if (file == state_->files.end()) throw unit_not_found(unit);
    LoadedUnit loaded;
    loaded.text = file->second;
    loaded.state.unit = unit;
    loaded.state.load_state = "loaded";
    loaded.state.active_state = "inactive";
    loaded.state.sub_state = "dead";
    loaded.state.description = read_unit(unit, loaded.text).description;
    return state_->units.emplace(unit, std::move(loaded)).first->second;
  }

  /// False where nothing is left to know of it.
  bool reload_unit(std::map<std::string, LoadedUnit>::iterator it) {
    const auto file = state_->files.find(it->first);
    if (file != state_->files.end()) {
      it->second.text = file->second;
      it->second.state.load_state = "loaded";
      it->second.state.description = read_unit(it->first, file->second).description;
      return true;
    }
    it->second.state.load_state = "not-found";
    return it->second.state.active_state == "active";
  }

  void await_started(const std::string& unit, std::chrono::milliseconds deadline,
                     const std::stop_token& stop) {
    std::unique_lock lock(state_->mutex);
    const bool settled = state_->changed.wait_for(lock, stop, deadline, [&] {
      const auto found = state_->units.find(unit);
      return found == state_->units.end() || found->second.state.active_state != "activating";
    });
    if (!settled) throw job_timed_out(unit, "start", deadline, stop.stop_requested());
  }

  std::shared_ptr<MemoryMachine::State> state_;
};

}  // namespace

std::unique_ptr<Systemd> make_memory_systemd(std::shared_ptr<MemoryMachine::State> state) {
  return std::make_unique<MemorySystemd>(std::move(state));
}

}  // namespace town

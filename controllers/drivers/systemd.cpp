#include "controllers/drivers/systemd.h"

#include <fmt/format.h>

#include <atomic>

#include "controllers/drivers/directory_watch.h"
#include "controllers/drivers/systemd_bus.h"
#include "controllers/drivers/systemd_jobs.h"
#include "controllers/drivers/unit_details.h"
#include "controllers/drivers/unit_files.h"
#include "controllers/drivers/unit_name.h"
#include "state/guarded.h"

namespace town {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr const char* kPattern = "town-os-*.service";

/// What a unit's result means (systemd.exec(5), "$SERVICE_RESULT").
std::string explain(const UnitDetails& details) {
  const std::string& result = details.result;
  // No code at all is that of the check before the start: the volume is not in its place.
  if (result == "exit-code" && details.exit_status == 0) {
    return "a check before its start failed; its log says which";
  }
  if (result == "exit-code") {
    return fmt::format("its program exited with status {}", details.exit_status);
  }
  if (result == "signal") {
    return fmt::format("its program was ended by signal {}", details.exit_status);
  }
  if (result == "core-dump") return "its program crashed";
  if (result == "timeout") return "it was not ready in time";
  if (result == "oom-kill") return "the machine ran out of memory";
  if (result == "resources") return "a file that it needs is missing, or the machine is full";
  if (result == "start-limit-hit") return "it failed too often in a short time";
  if (result == "protocol") return "it ended without saying that it is ready";
  return fmt::format("systemd says '{}'", result);
}

class RealSystemd final : public Systemd {
 public:
  explicit RealSystemd(const SystemdPaths& paths)
      : files_(paths),
        watch_({paths.units, paths.environments},
               [this](const auto&, const std::string& name) { on_file(name); }),
        bus_({[this](const std::string& unit) { on_unit(unit); },
              [this](const std::string& job, const std::string& result) {
                jobs_.ended(job, result);
              },
              [this] { on_everything(); }}) {}

  std::vector<UnitState> states() override { return details_.states(bus_.list(kPattern), bus_); }

  std::map<std::string, std::string> files() override { return files_.files(); }

  void write_file(const std::string& unit, const std::string& text) override {
    check_unit_name(unit);
    files_.write_file(unit, text);
    details_.changed(unit);
  }

  void remove_file(const std::string& unit) override {
    check_unit_name(unit);
    files_.remove_file(unit);
    details_.changed(unit);
  }

  std::map<std::string, std::string> environments() override { return files_.environments(); }

  void write_environment(const std::string& unit, const std::string& text) override {
    check_unit_name(unit);
    files_.write_environment(unit, text);
  }

  void remove_environment(const std::string& unit) override {
    check_unit_name(unit);
    files_.remove_environment(unit);
  }

  void reload() override {
    bus_.reload();
    ++reloads_;
    details_.everything_changed();
  }

  void start(const std::string& unit, milliseconds deadline, const std::stop_token& stop) override {
    check_unit_name(unit);
    // We start on purpose; systemd's limit is against its own restarts.
    const auto row = find(unit);
    if (row && row->active_state == "failed") bus_.reset_failed(unit);
    if (row && row->active_state == "inactive") read_again(*row);
    SystemdJobs::Waiter waiter(jobs_);
    await(waiter, unit, "start", bus_.start(unit), deadline, stop);
  }

  void stop(const std::string& unit, milliseconds deadline, const std::stop_token& stop) override {
    check_unit_name(unit);
    SystemdJobs::Waiter waiter(jobs_);
    std::string job;
    try {
      job = bus_.stop(unit);
    } catch (const Error& error) {
      if (error.code() == Code::not_found) return;
      throw;
    }
    await(waiter, unit, "stop", job, deadline, stop);
  }

  void reset_failed(const std::string& unit) override {
    check_unit_name(unit);
    try {
      bus_.reset_failed(unit);
    } catch (const Error& error) {
      if (error.code() != Code::not_found) throw;
    }
  }

  void on_change(std::function<void(const std::string&)> notify) override {
    notify_.with([&](auto& current) { current = std::move(notify); });
  }

  [[nodiscard]] std::uint64_t reloads() const override { return reloads_; }

 private:
  std::optional<UnitRow> find(const std::string& unit) {
    for (auto& row : bus_.list(unit)) {
      if (row.unit == unit) return std::move(row);
    }
    return std::nullopt;
  }

  void await(SystemdJobs::Waiter& waiter, const std::string& unit, const std::string& verb,
             const std::string& job, milliseconds deadline, const std::stop_token& stop) {
    const auto until = steady_clock::now() + deadline;
    for (;;) {
      std::string result = waiter.wait(job, until, stop);
      if (result.empty()) result = result_by_looking(unit, verb);
      if (result == "done") return;
      if (!result.empty()) throw failure(unit, verb, result);
      if (stop.stop_requested() || steady_clock::now() >= until) {
        bus_.cancel(job);
        throw job_timed_out(unit, verb, deadline, stop.stop_requested());
      }
    }
  }

  /// A stopped unit that something keeps loaded would start with what its file said before.
  void read_again(const UnitRow& row) {
    const auto details = bus_.details({row.path}).front();
    if (details && details->need_reload) reload();
  }

  /// Where signals were missed: what has become of the unit; empty while a job is on it.
  std::string result_by_looking(const std::string& unit, const std::string& verb) {
    const auto row = find(unit);
    if (row && row->job != 0) return {};
    const bool active = row && row->active_state == "active";
    return active == (verb == "start") ? "done" : "failed";
  }

  Error failure(const std::string& unit, const std::string& verb, const std::string& result) {
    std::string why = fmt::format("its job ended as '{}'", result);
    const auto row = find(unit);
    if (result == "dependency") why = "something that it needs could not be started";
    if (row && (result == "failed" || result == "timeout")) {
      if (const auto details = bus_.details({row->path}).front()) why = explain(*details);
    }
    return {Code::remote, "JobFailed",
            fmt::format("{} could not be {}: {}. Its log tells more.", unit,
                        verb == "start" ? "started" : "stopped", why)};
  }

  void on_file(const std::string& name) {
    if (name.empty()) {
      details_.everything_changed();
      notify("");
    } else if (is_our_unit(name)) {
      on_unit(name);
    }
  }

  void on_unit(const std::string& unit) {
    details_.changed(unit);
    notify(unit);
  }

  void on_everything() {
    details_.everything_changed();
    jobs_.missed();
    notify("");
  }

  void notify(const std::string& unit) {
    const auto current = notify_.with([](const auto& function) { return function; });
    if (current) current(unit);
  }

  UnitFiles files_;
  UnitDetailsCache details_;
  SystemdJobs jobs_;
  Guarded<std::function<void(const std::string&)>> notify_;
  std::atomic<std::uint64_t> reloads_{0};
  // Last, and so first to go: their threads use the rest.
  DirectoryWatch watch_;
  SystemdBus bus_;
};

}  // namespace

std::unique_ptr<Systemd> make_systemd(const SystemdPaths& paths) {
  return std::make_unique<RealSystemd>(paths);
}

}  // namespace town

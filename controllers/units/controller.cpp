#include "controllers/units/controller.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>

#include "controllers/marks.h"
#include "state/error.h"

namespace town::units {
namespace {

using namespace std::chrono_literals;

constexpr std::array kKinds = {Kind::image, Kind::unit};

/// A little more than the unit's own limits, so that systemd is the one to give up.
constexpr auto kStartDeadline = 120s;
constexpr auto kStopDeadline = 60s;

// Package format 3.10.
constexpr std::chrono::milliseconds kCommandDeadline = 5min;
constexpr std::chrono::milliseconds kFirstShell = 90s;
constexpr std::chrono::milliseconds kShellAgain = 2s;
/// By then there was one already: the container is just being started anew.
constexpr std::chrono::milliseconds kNextShell = 10s;
constexpr std::chrono::milliseconds kShellDeadline = 10s;

/// Waits until the container runs commands: its program may need a while to be up.
void await_shell(Podman& podman, const std::string& container, std::chrono::milliseconds patience,
                 const std::stop_token& stop) {
  const auto until = std::chrono::steady_clock::now() + patience;
  std::mutex mutex;
  std::condition_variable_any never;
  while (podman.exec(container, {"sh", "-c", "true"}, kShellDeadline, {}, stop) != 0) {
    if (std::chrono::steady_clock::now() >= until) {
      throw Error(Code::remote, "NoShell",
                  "the container runs no shell, so the command could not be run");
    }
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, kShellAgain, [] { return false; });
    if (stop.stop_requested()) throw Error(Code::unavailable, "Stopped", "It was interrupted.");
  }
}

}  // namespace

std::span<const Kind> UnitsController::kinds() const { return kKinds; }

Observed UnitsController::observe(const View& view) {
  Observed observed;
  observed.checker = checker(paths_.check);
  observed.images = podman_.images();
  for (auto& state : systemd_.states()) {
    if (state.active_state == "active" && state.main_pid != 0) {
      if (auto container = podman_.container_of(state.main_pid)) {
        observed.running.emplace(state.unit, std::move(*container));
      }
    }
    auto unit = state.unit;
    observed.states.emplace(std::move(unit), std::move(state));
  }
  std::map<std::string, ReadFile> read;
  for (auto& [unit, text] : systemd_.files()) {
    auto known = read_.extract(unit);
    if (!known || known.mapped().text != text) {
      auto mark = read_mark(text);
      read.insert_or_assign(unit, ReadFile{std::move(text), std::move(mark)});
    } else {
      read.insert(std::move(known));
    }
    const auto& mark = read.at(unit).mark;
    if (mark) observed.files.emplace(unit, *mark);
  }
  read_ = std::move(read);
  observed.environments = systemd_.environments();
  if (view.resync) observed.containers = podman_.containers();
  return observed;
}

Plan UnitsController::plan(const View& view, const std::stop_token&) {
  keys_->with([&](auto& keys) {
    for (const auto& key : view.due) {
      const auto* spec = view.snapshot.graph->spec<UnitSpec>(key);
      if (spec) keys.insert_or_assign(spec->unit, key);
    }
  });
  return units::plan(view, observe(view));
}

void UnitsController::apply(const Change& change, const View& view,
                            const std::function<void(const std::string&)>& progress,
                            const std::stop_token& stop) {
  if (change.action == "pull") {
    podman_.pull(change.subject, progress, stop);
  } else if (change.action == "write") {
    write(change, view);
  } else if (change.action == "reload") {
    systemd_.reload();
  } else if (change.action == "stop") {
    systemd_.stop(change.subject, kStopDeadline, stop);
  } else if (change.action == "start") {
    systemd_.start(change.subject, kStartDeadline, stop);
  } else if (change.action == "post_install" || change.action == "post_update") {
    run_command(change, view, stop);
  } else if (change.action == "forget") {
    forget(change.subject, stop);
  } else if (change.action == "remove_container") {
    podman_.remove_container(change.subject, stop);
  } else {
    throw Error(Code::internal, "UnknownAction", "units cannot " + change.action);
  }
}

void UnitsController::write(const Change& change, const View& view) {
  const auto resource = view.snapshot.graph->find(change.key);
  if (!resource) return;
  const auto& spec = std::get<UnitSpec>(resource->spec);
  systemd_.write_environment(spec.unit, render_environment(spec));
  systemd_.write_file(spec.unit, render_unit(resource->key, spec, resource->digest,
                                             volume_ids(*view.snapshot.graph, spec), paths_));
}

/// One of the package's own commands, in its running container. Only what the command itself did
/// is final (Code::remote); where it could not even be tried it is tried again.
void UnitsController::run_command(const Change& change, const View& view,
                                  const std::stop_token& stop) {
  const auto* spec = view.snapshot.graph->spec<UnitSpec>(change.key);
  if (!spec) return;
  const auto& commands = change.action == "post_install" ? spec->post_install : spec->post_update;
  const std::size_t at = std::stoul(change.subject);
  if (at >= commands.size()) return;
  const auto say = [&](const std::string& line) {
    if (say_) say_(spec->unit, line);
  };
  await_shell(podman_, spec->container, at == 0 ? kFirstShell : kNextShell, stop);
  const int code = podman_.exec(spec->container, {"sh", "-c", commands[at].reveal()},
                                kCommandDeadline, say, stop);
  if (code == 0) return;
  // The command's text may hold answers, so it is told by its number.
  throw Error(Code::remote, "CommandFailed",
              fmt::format("command {} of {} ended with code {}; the app's log says more", at + 1,
                          commands.size(), code));
}

/// Stops it and leaves nothing of it. The file goes last: as long as it is there, a crash in
/// between is found and finished. A start that was broken off may have left a container that was
/// never run: it bears no mark yet, so it goes by its name.
void UnitsController::forget(const std::string& unit, const std::stop_token& stop) {
  systemd_.stop(unit, kStopDeadline, stop);
  systemd_.reset_failed(unit);
  podman_.remove_container(unit.substr(0, unit.rfind(".service")), stop);
  systemd_.remove_environment(unit);
  systemd_.remove_file(unit);
}

void UnitsController::on_change(std::function<void(const Key* key)> notify) {
  systemd_.on_change([keys_of = keys_, notify](const std::string& unit) {
    const auto key = keys_of->with([&](const auto& keys) -> std::optional<Key> {
      const auto found = keys.find(unit);
      return found == keys.end() ? std::nullopt : std::optional(found->second);
    });
    notify(key ? &*key : nullptr);
  });
  podman_.on_change([notify](const std::string& what) {
    if (what == "image") notify(nullptr);
  });
}

}  // namespace town::units

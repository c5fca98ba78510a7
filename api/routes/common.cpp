#include "api/routes/common.h"

#include <nlohmann/json.hpp>

#include "api/await.h"
#include "api/problem.h"
#include "api/progress.h"
#include "api/sse.h"
#include "engine/admission/settings.h"
#include "state/error.h"

namespace town::api {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;

/// How long something may be Degraded before a progress stream calls it a failure.
constexpr auto kGrace = 15s;

/// How long an answer without progress may take; a browser's user waits no longer.
constexpr auto kShortWait = 30s;
constexpr auto kShortGrace = 5s;

Json last_event(const Verdict& verdict) {
  switch (verdict.word) {
    case Verdict::Word::done:
      return {{"done", true}};
    case Verdict::Word::failed:
      return {{"error", verdict.message}, {"reason", "Failed"}};
    case Verdict::Word::waiting:
      break;
  }
  return {{"error", "still working: it goes on by itself, the activity page follows it"},
          {"reason", "StillWorking"}};
}

void tell(Services& services, const Accepted& accepted, const Json& about, EventStream& events) {
  StepTeller steps(accepted.declared);
  const auto listen = [&](const Snapshot& snapshot) {
    for (const auto& step : steps.news(snapshot)) {
      if (!events.send({{"step", step}})) return false;
    }
    return events.heartbeat();
  };
  const AwaitOptions options{Clock::now() + services.patience, kGrace, services.stopping};
  const auto verdict =
      await_settled(services.store, accepted.declared, accepted.revision, options, listen);
  if (!events.open()) return;
  const bool not_started = verdict.word == Verdict::Word::done && !verdict.message.empty();
  if (not_started) events.send({{"step", verdict.message}});
  auto last = last_event(verdict);
  last.update(about);
  events.send(last);
}

}  // namespace

Author author_of(const Call& call) {
  const bool command_line = call.http.header("user-agent").starts_with("townctl");
  return {call.caller ? call.caller->username : "", command_line ? "townctl" : "dashboard"};
}

Accepted submit(Services& services, const Call& call, std::vector<town::Request> requests) {
  Intent intent{author_of(call), std::move(requests)};
  if (call.note == nullptr || !call.note->written.empty()) return services.submit(intent);
  intent.rows.push_back(services.audit.entry(call.note->row));
  auto accepted = services.submit(intent);
  if (accepted.number != 0) call.note->written = intent.rows.front().key;
  return accepted;
}

Accepted submit_and_wait(Services& services, const Call& call,
                         std::vector<town::Request> requests) {
  // What may still fail is not noted as done in advance.
  auto accepted = services.submit({author_of(call), std::move(requests)});
  const AwaitOptions options{Clock::now() + kShortWait, kShortGrace, services.stopping};
  const auto verdict = await_settled(services.store, accepted.declared, accepted.revision, options,
                                     [](const Snapshot&) { return true; });
  if (verdict.word == Verdict::Word::failed) {
    throw Error(Code::unavailable, "NotSettled", verdict.message);
  }
  return accepted;
}

HttpResponse submit_with_progress(Services& services, const Call& call,
                                  std::vector<town::Request> requests) {
  auto accepted = submit(services, call, std::move(requests));
  Json about = Json::object();
  if (!accepted.warnings.empty()) about["warnings"] = warnings_json(accepted.warnings);
  return progress_of(services, std::move(accepted), std::move(about));
}

HttpResponse progress_of(Services& services, Accepted accepted, Json about) {
  return event_answer(
      [&services, accepted = std::move(accepted), about = std::move(about)](EventStream& events) {
        auto rest = about;
        for (const auto& word : about.value("words", Json::array())) events.send({{"step", word}});
        rest.erase("words");
        if (events.open()) tell(services, accepted, rest, events);
      });
}

Key package_key(const std::string& repo, const std::string& name) {
  return {Kind::package, repo + "/" + name};
}

ResourcePtr installed_package(const Graph& graph, const std::string& repo,
                              const std::string& name) {
  auto found = graph.find(package_key(repo, name));
  return found && !found->deleting ? found : nullptr;
}

ResourcePtr require_installed(const Graph& graph, const std::string& repo, const std::string& name,
                              const std::string& version) {
  auto found = installed_package(graph, repo, name);
  const bool right =
      found && (version.empty() || std::get<PackageSpec>(found->spec).version == version);
  if (!right) {
    throw Error(Code::not_found, "NotInstalled",
                repo + "/" + name + (version.empty() ? "" : "@" + version) + " is not installed");
  }
  return found;
}

std::set<std::string> versions_below(const Graph& graph, const std::string& stem) {
  std::set<std::string> versions;
  for (const auto& resource : graph.of(Kind::volume)) {
    const auto& path = std::get<VolumeSpec>(resource->spec).path;
    if (resource->deleting || !path.starts_with(stem)) continue;
    versions.insert(path.substr(stem.size(), path.find('/', stem.size()) - stem.size()));
  }
  versions.erase("subpackages");
  return versions;
}

std::string setting_of(const Graph& graph, const std::string& key) {
  if (const auto* stored = graph.spec<SettingSpec>({Kind::setting, key})) return stored->value;
  return default_setting(key).value_or("");
}

Json to_json(const DiskFigures& disk) {
  return {{"total", disk.total}, {"used", disk.used}, {"available", disk.available}};
}

}  // namespace town::api

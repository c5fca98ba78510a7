#include "engine/repositories/report.h"

#include <fmt/format.h>

namespace town {

namespace {

constexpr std::size_t kShownDigits = 7;  // of a commit, as git itself shows it
constexpr std::size_t kLongestFault = 200;

std::string count(std::size_t number, const char* thing) {
  return fmt::format("{} {}{}", number, thing, number == 1 ? "" : "s");
}

struct Faults {
  std::size_t files = 0;
  std::string first;  // "web/1.2: image: ..."
};

Faults faults_of(const RepositoryOffers& offers) {
  Faults faults;
  for (const auto& [name, versions] : offers.packages) {
    for (const auto& [version, offer] : versions) {
      if (offer->faults.empty()) continue;
      if (++faults.files > 1) continue;
      faults.first = fmt::format("{}/{}.yaml: {}", name, version,
                                 to_string(Diagnostics{offer->faults.front()}))
                         .substr(0, kLongestFault);
    }
  }
  return faults;
}

std::string describe(const Faults& faults) {
  return fmt::format("{} cannot be used, first {}", count(faults.files, "file"), faults.first);
}

Status status_of(const RepositoryOffers& offers, std::uint64_t generation) {
  Status status;
  status.observed_generation = generation;
  status.facts = {{"commit", offers.commit}, {"packages", std::to_string(offers.packages.size())}};
  if (const auto faults = faults_of(offers); faults.files > 0) {
    status.facts["faults"] = std::to_string(faults.files);
  }
  return status;
}

Event event(const std::string& repository, const std::string& reason, const std::string& message,
            bool warning) {
  Event made;
  made.key = {Kind::repository, repository};
  made.warning = warning;
  made.reason = reason;
  made.message = message;
  return made;
}

}  // namespace

std::string describe(const RepositoryOffers& offers) {
  if (offers.commit.empty()) return "the repository has no commits yet";
  auto text = fmt::format("{}, commit {}", count(offers.packages.size(), "package"),
                          offers.commit.substr(0, kShownDigits));
  if (const auto faults = faults_of(offers); faults.files > 0) text += "; " + describe(faults);
  return text;
}

Status fetched_status(const RepositoryOffers& offers, std::uint64_t generation) {
  auto status = status_of(offers, generation);
  status.conditions.push_back({ConditionType::ready, "Fetched", describe(offers), {}});
  return status;
}

Status failed_status(const RepositoryOffers& offers, const Error& error, std::uint64_t generation) {
  auto status = status_of(offers, generation);
  status.conditions.push_back({ConditionType::degraded, error.reason(), error.what(), {}});
  return status;
}

std::vector<Event> update_events(const RepositoryOffers* before, const RepositoryOffers& now) {
  if (before != nullptr && before->commit == now.commit) return {};
  std::vector<Event> events = {event(now.name, "RepositoryUpdated", describe(now), false)};
  if (const auto faults = faults_of(now); faults.files > 0) {
    events.push_back(event(now.name, "RepositoryFaulty", describe(faults), true));
  }
  return events;
}

Event failure_event(const std::string& repository, const Error& error) {
  return event(repository, error.reason(), error.what(), true);
}

}  // namespace town

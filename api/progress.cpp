#include "api/progress.h"

#include <algorithm>

namespace town::api {
namespace {

/// The reason of what a loop holds back (engine/report.cpp).
constexpr const char* kWaiting = "Waiting";

/// Step keys that the dashboard translates where there is one that fits, in the order of work.
const char* step_of(const Resource& resource) {
  switch (resource.key.kind) {
    case Kind::volume:
      return resource.deleting ? "cleaning_volumes" : "provisioning_volumes";
    case Kind::image:
      return resource.deleting ? nullptr : "downloading_image";
    case Kind::network:
      return resource.deleting ? "removing_network" : "creating_network";
    case Kind::unit:
      return resource.deleting ? "stopping_services" : "installing_services";
    case Kind::repository:
    case Kind::package:
    case Kind::port:
    case Kind::setting:
    case Kind::answers:
    case Kind::disk:
    case Kind::page:
    case Kind::vm_image:
      return nullptr;
  }
  return nullptr;
}

}  // namespace

std::vector<std::string> StepTeller::news(const Snapshot& snapshot) {
  std::vector<std::string> told;
  for (const auto& key : declared_) {
    if (const auto resource = snapshot.graph->find(key)) look_at(snapshot, *resource, told);
    for (const auto& part : snapshot.graph->owned_by(key)) look_at(snapshot, *part, told);
  }
  return told;
}

void StepTeller::look_at(const Snapshot& snapshot, const Resource& resource,
                         std::vector<std::string>& told) {
  const char* step = step_of(resource);
  if (step == nullptr || (!resource.deleting && snapshot.ready(resource.key))) return;
  const auto status = snapshot.status(resource.key);
  const auto* working = status.find(ConditionType::progressing);
  if (working == nullptr && !resource.deleting) return;
  if (steps_.insert(step).second) told.emplace_back(step);
  // What merely waits for something else says nothing that the other does not say itself.
  const bool tells = working != nullptr && !working->message.empty() && working->reason != kWaiting;
  if (!tells) return;
  auto& last = sentences_[resource.key];
  if (last == working->message) return;
  last = working->message;
  told.push_back(working->message);
}

}  // namespace town::api

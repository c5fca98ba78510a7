#include "controllers/volumes/controller.h"

#include <array>

#include "controllers/volumes/plan.h"
#include "state/error.h"

namespace town::volumes {
namespace {

constexpr std::array kKinds = {Kind::volume};

}  // namespace

std::span<const Kind> VolumesController::kinds() const { return kKinds; }

Plan VolumesController::plan(const View& view, const std::stop_token&) {
  return volumes::plan(view, {btrfs_.list()});
}

void VolumesController::apply(const Change& change, const View& view,
                              const std::function<void(const std::string&)>&,
                              const std::stop_token&) {
  const auto* spec = view.snapshot.graph->spec<VolumeSpec>(change.key);
  if (!spec) return;
  if (change.action == "create") {
    btrfs_.create(spec->path, spec->id, spec->quota, spec->uid, spec->gid);
  } else if (change.action == "snapshot") {
    btrfs_.snapshot(change.subject, spec->path, spec->id, spec->quota, false);
  } else if (change.action == "move") {
    btrfs_.move(change.subject, spec->path);
  } else if (change.action == "limit") {
    btrfs_.set_quota(change.subject, spec->quota);
  } else if (change.action == "own" && spec->uid && spec->gid) {
    btrfs_.set_owner(change.subject, *spec->uid, *spec->gid);
  } else if (change.action == "destroy") {
    btrfs_.destroy(change.subject);
  } else {
    throw Error(Code::internal, "UnknownAction", "volumes cannot " + change.action);
  }
}

}  // namespace town::volumes

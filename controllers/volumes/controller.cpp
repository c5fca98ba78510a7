#include "controllers/volumes/controller.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>

#include "controllers/volumes/plan.h"
#include "state/error.h"

namespace town::volumes {
namespace {

/// Behind the path of one that makes room for another: it is found there by its mark.
constexpr auto kAside = ".aside";

constexpr std::array kKinds = {Kind::volume};

}  // namespace

std::span<const Kind> VolumesController::kinds() const { return kKinds; }

Plan VolumesController::plan(const View& view, const std::stop_token&) {
  Observed observed{btrfs_.list()};
  for (const auto& resource : view.snapshot.graph->of(Kind::volume)) {
    const auto* spec = &std::get<VolumeSpec>(resource->spec);
    if (spec->files.empty() || resource->deleting) continue;
    // The plan looks at the due ones, and at all that are not well.
    const bool due = std::binary_search(view.due.begin(), view.due.end(), resource->key);
    if (!due && view.snapshot.ready(resource->key)) continue;
    std::vector<std::string> files;
    for (const auto& [file, text] : spec->files) files.push_back(file);
    observed.missing.emplace(spec->path, btrfs_.missing_files(spec->path, files));
  }
  return volumes::plan(view, observed);
}

void VolumesController::apply(const Change& change, const View& view,
                              const std::function<void(const std::string&)>& progress,
                              const std::stop_token& stop) {
  const auto* spec = view.snapshot.graph->spec<VolumeSpec>(change.key);
  if (!spec) return;
  if (change.action == "create") {
    btrfs_.create(spec->path, spec->id, spec->quota, spec->uid, spec->gid);
  } else if (change.action == "seed") {
    seed(*spec, progress, stop);
  } else if (change.action == "snapshot") {
    btrfs_.snapshot(change.subject, spec->path, spec->id, spec->quota, false);
  } else if (change.action == "move") {
    btrfs_.move(change.subject, spec->path);
  } else if (change.action == "aside") {
    btrfs_.move(change.subject, spec->path + kAside);
  } else if (change.action == "limit") {
    btrfs_.set_quota(change.subject, spec->quota);
  } else if (change.action == "own" && spec->uid && spec->gid) {
    btrfs_.set_owner(change.subject, *spec->uid, *spec->gid);
  } else if (change.action == "write") {
    const auto file = spec->files.find(change.subject);
    if (file == spec->files.end()) return;
    btrfs_.write_file(spec->path, file->first, file->second.reveal(), spec->uid, spec->gid);
  } else if (change.action == "destroy") {
    btrfs_.destroy(change.subject);
  } else {
    throw Error(Code::internal, "UnknownAction", "volumes cannot " + change.action);
  }
}

/// What is half filled takes room, and may never be tried again. The failure that it is the end of
/// counts: where this fails as well, the next try or the next start does it.
void VolumesController::discard(const std::string& id) {
  try {
    btrfs_.discard(id);
  } catch (const Error& error) {
    spdlog::warn("half-filled volume stays id={} error={}", id, error.what());
  }
}

/// It is in its place only when all is in it: a crash leaves nothing, or the whole. The mark that
/// names it is what says that it was filled.
void VolumesController::seed(const VolumeSpec& spec,
                             const std::function<void(const std::string&)>& progress,
                             const std::stop_token& stop) {
  const auto staged = btrfs_.stage(spec.id, spec.quota, spec.uid, spec.gid);
  try {
    for (const auto& seed : spec.seeds) {
      // Each of them fills an empty volume only (package format 3.6).
      if (seeds_.fill(spec.id, staged, seed, {spec.uid, spec.gid}, progress, stop)) break;
    }
    btrfs_.place(spec.id, spec.path);
  } catch (const Error&) {
    discard(spec.id);
    throw;
  }
}

}  // namespace town::volumes

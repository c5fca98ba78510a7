#include "controllers/disk/controller.h"

#include <array>

#include "state/error.h"

namespace town::disk {
namespace {

constexpr std::array kKinds = {Kind::disk};

}  // namespace

std::span<const Kind> DiskController::kinds() const { return kKinds; }

Plan DiskController::plan(const View& view, const std::stop_token&) {
  Observed observed{keeper_.look(), {}};
  // Who takes the room is asked only when somebody wants to know.
  if (!keeper_.shortage().empty()) observed.volumes = btrfs_.list();
  return disk::plan(view, observed);
}

void DiskController::apply(const Change& change, const View& view,
                           const std::function<void(const std::string&)>&, const std::stop_token&) {
  const auto* spec = view.snapshot.graph->spec<DiskSpec>(change.key);
  if (change.action != "hold" || spec == nullptr) {
    throw Error(Code::internal, "UnknownAction", "a disk cannot " + change.action);
  }
  keeper_.hold(spec->reserve);
}

void DiskController::on_change(std::function<void(const Key* key)> notify) {
  keeper_.on_release([notify = std::move(notify)] { notify(nullptr); });
}

}  // namespace town::disk

#include "controllers/networks/controller.h"

#include <algorithm>
#include <array>

#include "controllers/marks.h"
#include "controllers/networks/plan.h"
#include "state/error.h"

namespace town::networks {
namespace {

constexpr std::array kKinds = {Kind::network, Kind::port};

}  // namespace

std::span<const Kind> NetworksController::kinds() const { return kKinds; }

Plan NetworksController::plan(const View& view, const std::stop_token&) {
  Observed observed;
  observed.networks = podman_.networks();
  const bool ports =
      view.resync || std::any_of(view.due.begin(), view.due.end(),
                                 [](const Key& key) { return key.kind == Kind::port; });
  if (ports) observed.listeners = sockets_.listeners();
  for (const auto& listener : observed.listeners) {
    if (listener.program != "conmon") continue;
    if (auto container = podman_.container_of(listener.pid)) {
      observed.containers.emplace(listener.pid, std::move(*container));
    }
  }
  return networks::plan(view, observed);
}

void NetworksController::apply(const Change& change, const View&,
                               const std::function<void(const std::string&)>&,
                               const std::stop_token& stop) {
  if (change.action == "create") {
    podman_.create_network(change.subject, {{marks::kKey, to_string(change.key)}}, stop);
  } else if (change.action == "remove") {
    podman_.remove_network(change.subject, stop);
  } else {
    throw Error(Code::internal, "UnknownAction", "networks cannot " + change.action);
  }
}

void NetworksController::on_change(std::function<void(const Key* key)> notify) {
  podman_.on_change([notify = std::move(notify)](const std::string& what) {
    if (what == "network") notify(nullptr);
  });
}

}  // namespace town::networks

// Networks and ports: podman networks, and claims on the machine's ports. Owned by townd's main;
// run by one Reconciler.
#pragma once

#include "controllers/drivers/podman.h"
#include "controllers/drivers/sockets.h"
#include "engine/controller.h"

namespace town::networks {

class NetworksController final : public Controller {
 public:
  NetworksController(Podman& podman, Sockets& sockets) : podman_(podman), sockets_(sockets) {}

  [[nodiscard]] std::string_view name() const override { return "networks"; }
  [[nodiscard]] std::span<const Kind> kinds() const override;
  Plan plan(const View& view, const std::stop_token& stop) override;
  void apply(const Change& change, const View& view,
             const std::function<void(const std::string&)>& progress,
             const std::stop_token& stop) override;
  void on_change(std::function<void(const Key* key)> notify) override;

 private:
  Podman& podman_;
  Sockets& sockets_;
};

}  // namespace town::networks

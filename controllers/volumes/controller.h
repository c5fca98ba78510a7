// Volumes: btrfs subvolumes with a quota and an owner. Owned by townd's main; run by one
// Reconciler.
#pragma once

#include "controllers/drivers/btrfs.h"
#include "controllers/drivers/seeds.h"
#include "engine/controller.h"

namespace town::volumes {

class VolumesController final : public Controller {
 public:
  VolumesController(Btrfs& btrfs, Seeds& seeds) : btrfs_(btrfs), seeds_(seeds) {}

  [[nodiscard]] std::string_view name() const override { return "volumes"; }
  [[nodiscard]] std::span<const Kind> kinds() const override;
  Plan plan(const View& view, const std::stop_token& stop) override;
  void apply(const Change& change, const View& view,
             const std::function<void(const std::string&)>& progress,
             const std::stop_token& stop) override;
  /// btrfs tells nobody when a quota or a name changes: the resync finds it.
  void on_change(std::function<void(const Key* key)> notify) override { (void)notify; }

 private:
  void seed(const VolumeSpec& spec, const std::function<void(const std::string&)>& progress,
            const std::stop_token& stop);
  void discard(const std::string& id);

  Btrfs& btrfs_;
  Seeds& seeds_;
};

}  // namespace town::volumes

// The disk of the data: names it where it has no room, and keeps a part of it back for the box.
// Owned by townd's main; run by one Reconciler.
#pragma once

#include "controllers/disk/keeper.h"
#include "controllers/drivers/btrfs.h"
#include "engine/controller.h"

namespace town::disk {

class DiskController final : public Controller {
 public:
  DiskController(Keeper& keeper, Btrfs& btrfs) : keeper_(keeper), btrfs_(btrfs) {}

  [[nodiscard]] std::string_view name() const override { return "disk"; }
  [[nodiscard]] std::span<const Kind> kinds() const override;
  Plan plan(const View& view, const std::stop_token& stop) override;
  void apply(const Change& change, const View& view,
             const std::function<void(const std::string&)>& progress,
             const std::stop_token& stop) override;
  void on_change(std::function<void(const Key* key)> notify) override;

 private:
  Keeper& keeper_;
  Btrfs& btrfs_;
};

}  // namespace town::disk

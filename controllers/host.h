// What the engine may know of the machine, told by the drivers. Owned by townd's main; any thread.
#pragma once

#include <memory>

#include "controllers/disk/keeper.h"
#include "controllers/drivers/btrfs.h"
#include "controllers/drivers/sockets.h"
#include "engine/ports.h"

namespace town {

class MachineHost final : public Host {
 public:
  MachineHost(Btrfs& btrfs, Sockets& sockets, disk::Keeper& keeper)
      : btrfs_(btrfs), sockets_(sockets), keeper_(keeper) {}

  std::string port_holder(std::uint16_t port, const std::string& protocol) override;
  std::string hostname() override;
  /// Source address of a route to the outside; no packet is sent (package format 15.2).
  std::string internal_address() override;
  /// Only a router could tell: empty until one is asked.
  std::string external_address() override { return {}; }
  DiskFigures disk() override;
  std::set<std::string> volume_ids() override;

 private:
  Btrfs& btrfs_;
  Sockets& sockets_;
  disk::Keeper& keeper_;
};

}  // namespace town

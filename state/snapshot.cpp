#include "state/store.h"

namespace town {

Status Snapshot::status(const Key& key) const {
  const auto* found = statuses->find(key);
  return found != nullptr ? **found : Status{};
}

bool Snapshot::ready(const Key& key) const {
  const auto resource = graph->find(key);
  if (!resource || resource->deleting) return false;
  const auto* found = statuses->find(key);
  return found != nullptr && (*found)->ready_at(resource->generation);
}

}  // namespace town

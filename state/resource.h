// One node of the graph. A value; shared ones are const. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "state/key.h"
#include "state/spec.h"

namespace town {

/// A removed resource stays in the graph, `deleting`, until its finalizers are gone, each taken off
/// by the loop that undid its part.
struct Resource {
  Key key;
  Spec spec;
  std::uint64_t generation = 1;  ///< counts changes of the spec
  std::string digest;            ///< town::digest(spec), kept so that nobody hashes twice
  std::vector<Key> needs;        ///< sorted; what must be Ready before this is touched
  std::optional<Key> owner;      ///< the declared resource it came from; none for declared ones
  std::vector<std::string> finalizers;  ///< sorted; names of controllers
  std::map<std::string, std::string> labels;
  bool deleting = false;
  bool purge = false;  ///< with `deleting`: a person asked that the data be destroyed

  [[nodiscard]] bool declared() const { return !owner.has_value(); }
  bool operator==(const Resource&) const = default;
};

using ResourcePtr = std::shared_ptr<const Resource>;

}  // namespace town

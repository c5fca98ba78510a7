// What new volumes are filled from. Pure; any thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/package/resolve.h"
#include "state/spec.h"

namespace town {

/// Volume -> its seeds in the order of package format 12.1: archives of the box, then out of
/// images, then the volume's own git repository, then the other ones. An address that is none is a
/// fault of its field. Of a virtual machine: none (package format 3.6).
std::map<std::string, std::vector<SeedSpec>> seeds_of(const package::ResolvedPackage& package,
                                                      Diagnostics& faults);

}  // namespace town

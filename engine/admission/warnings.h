// What an install is accepted with all the same, and what somebody should know of first. Called
// under the engine's lock.
#pragma once

#include "engine/admission/draft.h"
#include "engine/package/tree.h"
#include "engine/requests.h"

namespace town {

/// Puts into the draft's warnings: what the files of the package and of all that it brings along
/// are warned of, kept data that would not be used, and parts that go back to an older version.
void warn_of_install(const Install& request, Draft& draft, const package::Tree& tree,
                     const PackageSpec* installed, const PackageSpec& wanted);

}  // namespace town

// Which data the volumes of a package begin with, and what becomes of those that it has no place
// for any more. Called under the engine's lock.
#pragma once

#include "engine/admission/draft.h"
#include "engine/package/tree.h"
#include "engine/requests.h"

namespace town {

/// Gives every volume of `tree`, and of all that it brings along, its identity in `wanted`: that of
/// the installed version's volume of the same name, else one that was set aside (of the same
/// version first, then the newest), else a new one. Throws Error{conflict} (reason StillRemoving)
/// where a place is still being cleared, and Error{not_found, NoSuchData} where nothing is kept of
/// the version to import from.
void give_identities(const Install& request, Draft& draft, const package::Tree& tree,
                     const PackageSpec* installed, PackageSpec& wanted);

/// What the new version has no place for is set aside, not lost.
void keep_dropped(Draft& draft, const PackageSpec& installed, const PackageSpec& wanted);

/// Sets aside every volume of a package that goes, or has it destroyed.
void release_volumes(Draft& draft, const PackageSpec& spec, bool purge);

}  // namespace town

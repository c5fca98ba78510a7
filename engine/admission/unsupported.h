// What a package may ask for that this version of the engine does not carry out. Pure.
#pragma once

#include "engine/package/definition.h"
#include "state/error.h"

namespace town {

/// One entry for each: such a package is refused whole, instead of being run in part.
Diagnostics unsupported(const package::Definition& definition);

}  // namespace town

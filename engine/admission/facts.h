// What compiling must know of the box, as an intent leaves it. Pure but for the host's addresses.
#pragma once

#include "engine/admission/draft.h"
#include "engine/compiler/compiler.h"

namespace town {

/// From the draft's settings and the host.
CompileFacts facts_of(const Draft& draft);

}  // namespace town

// A spec of any kind as a stored document. Inside state/ only.
#pragma once

#include "state/document/msgpack.h"
#include "state/spec.h"

namespace town::document {

void pack_spec(Packer& out, const Spec& spec);

/// Throws Error{internal, BadDocument} where the bytes are no spec of that kind.
Spec unpack_spec(Unpacker& in, Kind kind);

}  // namespace town::document

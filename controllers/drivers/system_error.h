// A failed system call as an Error. A pure function; any thread.
#pragma once

#include <string>

#include "state/error.h"

namespace town {

/// "<what>: <the system's words>." as {unavailable, DiskFull} where space or quota ran out, as
/// {unavailable, ReadOnly} on a read-only file system, and as {internal, FileSystem} otherwise.
Error system_error(const std::string& what, int error);

}  // namespace town

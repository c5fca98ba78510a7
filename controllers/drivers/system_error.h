// A failed system call as an Error. A pure function; any thread.
#pragma once

#include <string>

#include "state/error.h"

namespace town {

/// "<what>: <the system's words>." with what to do, as {unavailable, DiskFull} where space ran out
/// and as {unavailable, QuotaExceeded} where only a quota did; as {unavailable, ReadOnly} on a
/// read-only file system, and as {internal, FileSystem} otherwise.
Error system_error(const std::string& what, int error);

}  // namespace town

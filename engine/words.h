// How figures are said to people. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "state/spec.h"

namespace town {

/// "200 MB", "1.5 GB", "unlimited" for 0; powers of 1024, as sizes are read (package format 8).
std::string size_words(std::uint64_t bytes);

/// "the archive photos.tar or https://example.org/x.git": where a volume may be filled from.
std::string source_words(const std::vector<SeedSpec>& seeds);

}  // namespace town

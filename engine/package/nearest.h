// "Did you mean …?" Pure; any thread.
#pragma once

#include <string_view>
#include <vector>

namespace town::package {

/// The one of `known` that somebody who wrote `text` may have meant; empty if none is near.
/// Letters' case does not count.
std::string_view nearest(std::string_view text, const std::vector<std::string_view>& known);

}  // namespace town::package

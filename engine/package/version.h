// The order of versions (package format 1.5). Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace town::package {

/// Less than, equal to or greater than 0. Segments between dots compare as numbers where both are
/// 64-bit decimal integers, else byte by byte; a missing one is empty. NOT transitive
/// (2 < 10 < 1a < 2): never hand it to a sort.
int compare_versions(std::string_view a, std::string_view b);

/// The newest of `versions`, the same whatever order they come in; empty where there are none.
/// Among equal ones ("01.2", "1.2") the one that is last in plain byte order.
std::string latest(std::vector<std::string> versions);

}  // namespace town::package

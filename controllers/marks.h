// The marks that what we make carries outside: labels of networks, annotations of containers.
#pragma once

namespace town::marks {

inline constexpr auto kKey = "town.key";    ///< text of the resource's key
inline constexpr auto kSpec = "town.spec";  ///< digest of the spec it was made from
inline constexpr auto kUnit = "town.unit";  ///< unit that runs the container

}  // namespace town::marks

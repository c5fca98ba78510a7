// A box with many services, all of one package, each as a person would install it: a port, a
// volume, an environment, an answer. One thread.
#pragma once

#include <memory>
#include <string>

#include "tests/unit/box.h"

namespace town::bench {

/// Of each service: package, image, network, volume, port and unit.
inline constexpr std::size_t kResourcesOfService = 6;

/// Installs `services` of them in one intent, on this store; nothing is made on the machine yet.
std::unique_ptr<test::Box> make_box(std::shared_ptr<Store> store, int services);

/// Makes it so on the memory machine. Throws std::runtime_error where something is not Ready then.
void converge(test::Box& box);

}  // namespace town::bench

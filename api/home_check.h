// Everything that is wrong with a home document, in one go: what its text tells, and what the box
// would say to each part of it. Touches nothing; any thread.
#pragma once

#include <functional>
#include <vector>

#include "api/home_plan.h"
#include "engine/engine.h"
#include "state/error.h"

namespace town::api {

/// What the checks ask. `preview` throws as Engine::preview does.
struct HomeBox {
  const Graph& graph;
  const Catalog& catalog;
  std::function<Preview(const std::vector<Request>&)> preview;
};

/// The preview of all that the plan asks for. Throws InvalidInput(InvalidHome) with `faults`, which
/// were found before, and all others, each with its field in the document. Packages that nothing
/// offers are at fault, unless a repository that is yet to come may offer them.
Preview check_home(const Home& home, const HomePlan& plan, const HomeBox& box, Diagnostics faults);

}  // namespace town::api

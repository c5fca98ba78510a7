// What an install comes to, told to a person before they say yes. Pure; any thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "engine/engine.h"
#include "engine/ports.h"

namespace town::api {

struct PlanFacts {
  DiskFigures disk;
  std::string tld = "home";
};

/// The plan of an install that was previewed, in sentences by section:
/// - `create`, `change`, `remove`: what comes, what restarts, what goes;
/// - `disk`: {needed, left: bytes, sentence}; quotas count, since an app may fill them;
/// - `ports`, `names`: where it will be found;
/// - `reach`: what it may reach;
/// - `keeps`: what becomes of data that is there;
/// - `undo`: how to take it back.
/// Empty where the preview changes nothing. Holds no secret.
nlohmann::json plan_words(const Preview& preview, const Graph& graph, const PlanFacts& facts);

/// All of it as lines, in the order above, for a terminal.
std::vector<std::string> plan_lines(const nlohmann::json& plan);

}  // namespace town::api

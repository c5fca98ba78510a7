// A resource as people and programs read it: spec with secrets masked, how it is, and its place
// among the others. Pure; any thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "state/event.h"
#include "state/store.h"

namespace town::api {

/// {key, kind, name, word, reason, message, since?, generation, declared, owner?, deleting?}: one
/// row of a list. A declared resource is summed up from what it owns.
nlohmann::json summary_json(const Snapshot& snapshot, const Resource& resource);

/// The row, and spec (secrets are masked in arguments of units, too), labels, conditions, facts,
/// needs and owned (as rows), and events. The conditions of a package are those of what it owns.
nlohmann::json resource_json(const Snapshot& snapshot, const Resource& resource,
                             const std::vector<Event>& events);

/// The spec with secrets masked: all of them, but for the answers of a package, of which those to
/// questions of type secret and oauth are.
nlohmann::json shown_spec(const Spec& spec);

}  // namespace town::api

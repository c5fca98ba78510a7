// What a look at a repository has to say to people: its status and its events. Pure; any thread.
#pragma once

#include <vector>

#include "engine/repositories/catalog.h"
#include "state/event.h"
#include "state/status.h"

namespace town {

/// "12 packages, commit 1a2b3c4", and how many files cannot be used, with the first one's fault.
std::string describe(const RepositoryOffers& offers);

/// Ready (reason Fetched) for the spec of that generation. Facts: commit, packages, faults.
Status fetched_status(const RepositoryOffers& offers, std::uint64_t generation);

/// Degraded; the offers are those of the last good look.
Status failed_status(const RepositoryOffers& offers, const Error& error, std::uint64_t generation);

/// RepositoryUpdated where the commit is another one than before; RepositoryFaulty (a warning)
/// where it brought files that cannot be used.
std::vector<Event> update_events(const RepositoryOffers* before, const RepositoryOffers& now);

/// A warning with the error's reason.
Event failure_event(const std::string& repository, const Error& error);

}  // namespace town

// Reads what a repository offers out of one commit of its clone. Any thread.
#pragma once

#include "engine/git/git.h"
#include "engine/repositories/catalog.h"

namespace town {

/// All of `packages/<name>/<version>.yaml` and `featured.json` (package format 1.1, 1.2). One
/// unreadable file harms only itself: its offer carries the faults. What is skipped (reserved or
/// impossible names, too many or too large files) is in `warnings`. Offers of `previous` whose text
/// is the same are taken over without parsing. Throws Error{internal} (reason CloneDamaged).
RepositoryOffers read_offers(const GitTree& tree, const std::string& repository,
                             const RepositoryOffers* previous);

/// What a repository offers of which nothing was read yet, or which has no commit.
RepositoryOffers no_offers(const std::string& repository);

}  // namespace town

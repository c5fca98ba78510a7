// From a home document to what has to be asked of the engine. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "api/home.h"
#include "engine/repositories/catalog.h"
#include "engine/requests.h"

namespace town::api {

struct HomePlan {
  std::vector<AddRepository> added;    ///< repositories that are not declared yet, in order
  std::vector<AddRepository> changed;  ///< declared with another URL or other credentials
  std::vector<Request> requests;       ///< everything else, for one intent
  /// Packages (by index in the document) that no catalogue knows: they may come with `added`.
  std::vector<std::size_t> unknown;
};

/// Asks for nothing that is already so where that can be told without the engine; the engine makes
/// nothing of the rest. What the document does not name is left alone.
HomePlan plan_home(const Home& home, const Graph& graph, const Catalog& catalog);

/// The requests that one package needs: Install, and switches where the document names them.
std::vector<Request> package_requests(const HomePackage& package, const Graph& graph,
                                      const Catalog& catalog);

/// What it takes to have one volume as it should be; nothing where it is.
std::vector<Request> volume_requests(const HomeVolume& wanted, const Graph& graph);

/// Quotas of package volumes that differ from the graph's; for after the packages are in it.
std::vector<Request> quota_requests(const Home& home, const Graph& graph);

/// In the order of one intent: away, back again, to its old place.
std::vector<Request> change_requests(const AddRepository& changed, const Graph& graph);

}  // namespace town::api

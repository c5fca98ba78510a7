#include "engine/repositories/shelf.h"

#include "engine/repositories/offers.h"

namespace town {

using Steady = std::chrono::steady_clock;

Shelf::Update Shelf::put_in(State& state, const std::string& id, const OffersPtr& offers) {
  auto& entry = state.entries[id];
  Update update{entry.good, offers, entry.shown != offers, 0};
  entry.good = entry.shown = offers;
  entry.failures = 0;
  if (update.changed) ++state.version;
  return update;
}

Shelf::Update Shelf::put(const std::string& id, const OffersPtr& offers) {
  return state_.with([&](State& state) { return put_in(state, id, offers); });
}

void Shelf::prepare(const std::string& id, const OffersPtr& offers) {
  state_.with([&](State& state) {
    put_in(state, id, offers);
    state.entries[id].prepared = Steady::now();
  });
}

Shelf::Update Shelf::fail(const std::string& id, const std::string& repository,
                          const std::string& error) {
  return state_.with([&](State& state) {
    auto& entry = state.entries[id];
    const bool changed = !entry.shown || entry.shown->error != error;
    if (changed) {
      auto copy = entry.good ? *entry.good : no_offers(repository);
      copy.error = error;
      entry.shown = std::make_shared<const RepositoryOffers>(std::move(copy));
      ++state.version;
    }
    return Update{entry.good, entry.shown, changed, ++entry.failures};
  });
}

Shelf::OffersPtr Shelf::good(const std::string& id) const {
  return state_.with([&](const State& state) {
    const auto found = state.entries.find(id);
    return found == state.entries.end() ? nullptr : found->second.good;
  });
}

std::string Shelf::error(const std::string& id) const {
  return state_.with([&](const State& state) {
    const auto found = state.entries.find(id);
    const bool known = found != state.entries.end() && found->second.shown;
    return known ? found->second.shown->error : std::string();
  });
}

std::vector<std::string> Shelf::all_but(const std::set<std::string>& ids) const {
  return state_.with([&](const State& state) {
    std::vector<std::string> others;
    for (const auto& [id, entry] : state.entries) {
      if (!ids.contains(id)) others.push_back(id);
    }
    return others;
  });
}

Shelf::Duration Shelf::take_away(const std::string& id) {
  return state_.with([&](State& state) {
    const auto found = state.entries.find(id);
    if (found == state.entries.end()) return Duration::zero();
    if (const auto prepared = found->second.prepared) {
      const Duration life = *prepared + kPreparedLife - Steady::now();
      if (life > Duration::zero()) return life;
    }
    state.entries.erase(found);
    return Duration::zero();
  });
}

std::shared_ptr<const Catalog> Shelf::catalog(const std::shared_ptr<const Graph>& graph) {
  const auto ready = state_.with([&](const State& state) {
    const bool current = state.catalog_graph == graph && state.catalog_version == state.version;
    return current ? state.catalog : nullptr;
  });
  if (ready) return ready;
  const auto order = declared_repositories(*graph);
  return state_.with([&](State& state) {
    std::vector<OffersPtr> repositories;
    for (const auto& repository : order) {
      auto& entry = state.entries[repository.id];
      if (!entry.shown) {
        entry.shown = std::make_shared<const RepositoryOffers>(no_offers(repository.name));
      }
      repositories.push_back(entry.shown);
    }
    if (state.catalog->repositories() != repositories) {
      state.catalog = std::make_shared<const Catalog>(std::move(repositories));
    }
    state.catalog_graph = graph;
    state.catalog_version = state.version;
    return state.catalog;
  });
}

}  // namespace town

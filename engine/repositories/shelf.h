// What each clone was last seen to offer, and the catalog made of it. Owned by Repositories; any
// thread may call it.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/repositories/catalog.h"
#include "engine/repositories/declared.h"
#include "state/guarded.h"

namespace town {

class Shelf {
 public:
  using OffersPtr = std::shared_ptr<const RepositoryOffers>;
  using Duration = std::chrono::steady_clock::duration;

  /// How long a clone that was prepared is kept for its declaration.
  static constexpr std::chrono::minutes kPreparedLife{1};

  struct Update {
    OffersPtr before;      ///< the good ones until now; may be null
    OffersPtr shown;       ///< what the catalog shows from now on
    bool changed = false;  ///< `shown` is another one than before
    int failures = 0;      ///< in a row
  };

  /// A look that went well.
  Update put(const std::string& id, const OffersPtr& offers);

  /// The same for a clone that nobody has declared yet.
  void prepare(const std::string& id, const OffersPtr& offers);

  /// A look that failed: the good offers stay, with the error beside them.
  Update fail(const std::string& id, const std::string& repository, const std::string& error);

  /// Offers of the last look that went well; null where there was none.
  [[nodiscard]] OffersPtr good(const std::string& id) const;

  /// The error of the last look; empty where it went well or there was none.
  [[nodiscard]] std::string error(const std::string& id) const;

  [[nodiscard]] std::vector<std::string> all_but(const std::set<std::string>& ids) const;

  /// Takes away what is not declared, and returns zero; or, where it was prepared just now, leaves
  /// it and returns the time that it is kept.
  Duration take_away(const std::string& id);

  /// Of the repositories of `graph`, in their order. The same object while nothing changes.
  std::shared_ptr<const Catalog> catalog(const std::shared_ptr<const Graph>& graph);

 private:
  struct Entry {
    OffersPtr good;
    OffersPtr shown;  ///< `good`, or a copy with the error
    int failures = 0;
    std::optional<std::chrono::steady_clock::time_point> prepared;
  };

  struct State {
    std::map<std::string, Entry> entries;
    std::uint64_t version = 0;  ///< counts changes of any `shown`
    std::shared_ptr<const Catalog> catalog = std::make_shared<const Catalog>();
    std::shared_ptr<const Graph> catalog_graph;  ///< that `catalog` was made of, at:
    std::uint64_t catalog_version = 0;
  };

  static Update put_in(State& state, const std::string& id, const OffersPtr& offers);

  Guarded<State> state_;
};

}  // namespace town

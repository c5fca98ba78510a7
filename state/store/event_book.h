// Which events there are: merges what repeats and bounds what is kept. Holds of each key its last
// event and the numbers of the others; the events themselves are rows. Inside state/ only; used
// under the pipeline's lock.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "state/event.h"
#include "state/store/database.h"

namespace town::store {

class EventBook {
 public:
  /// How many are kept of one key, and of all keys that are not in the graph together.
  static constexpr std::size_t kPerKey = 100;
  static constexpr std::size_t kOfGone = 10'000;

  /// One that is stored already; they come by number.
  void load(Event event, bool gone);

  /// Numbers it, or adds it to the last of its key if that says the same, and writes it. `gone`:
  /// its key is not in the graph.
  void add(Event event, bool gone, Batch& batch);

  /// The key has left the graph: from now on its events count among those of the gone.
  void left(const Key& key, Batch& batch);
  /// The key is in the graph (again).
  void came(const Key& key);

  /// Numbers of the key's events, oldest first.
  [[nodiscard]] std::vector<std::uint64_t> of(const Key& key) const;

 private:
  struct Entry {
    std::vector<std::uint64_t> ids;
    Event last;
  };

  void keep(Event event, bool gone);
  void forget(Entry& entry, std::size_t at, Batch& batch);
  void bound_gone(Batch& batch);

  std::map<Key, Entry> entries_;
  std::map<std::uint64_t, Key> gone_;
  std::uint64_t last_id_ = 0;
};

}  // namespace town::store

// One commit's or report's changes to the state in memory, and the same changes as rows. Inside
// state/ only; used under the pipeline's lock.
#pragma once

#include <string>
#include <vector>

#include "state/store.h"
#include "state/store/database.h"
#include "state/store/event_book.h"
#include "state/store/rows.h"

namespace town::store {

class Change {
 public:
  /// Changes `head` and `events`, and adds rows to `batch`; all of them outlive it.
  Change(Snapshot& head, EventBook& events, Batch& batch, Time now);

  /// A commit's resource. It was computed before this moment: a finalizer that was taken off since
  /// stays off, and what is gone since is not brought back only to be deleted.
  void put(Resource resource);
  void erase(const Key& key);

  void finalize(const Key& key, const std::string& finalizer);
  void set(const StatusUpdate& update);
  void add(Event event);

  [[nodiscard]] bool any() const { return any_; }
  [[nodiscard]] bool erased_any() const { return erased_any_; }

  /// Gives the change its revision, moves `head` there, and adds the notices.
  void finish(std::vector<Notice>& notices);

 private:
  [[nodiscard]] const Graph& graph_now() const { return graph_ ? *graph_ : *head_.graph; }
  [[nodiscard]] StatusPtr status_now(const Key& key) const;
  Graph& graph();
  Statuses& statuses();
  void note(Key key, Notice::What what);

  Snapshot& head_;
  EventBook& events_;
  Batch& batch_;
  const Time now_;
  std::shared_ptr<Graph> graph_;        // made at the first change to it; shared as head's
  std::shared_ptr<Statuses> statuses_;  // likewise
  std::vector<Notice> notices_;
  bool any_ = false;
  bool erased_any_ = false;
};

}  // namespace town::store

// The one way to the disk. Changes are done at once to the newest state (`head`) and gathered in a
// group; whoever waits for a group and finds nobody writing writes it, so a single client has no
// other thread in its way and many share a sync. Groups are written, and shown, in order. Inside
// state/ only; any thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "state/error.h"
#include "state/store.h"
#include "state/store/database.h"
#include "state/store/event_book.h"
#include "state/store/hub.h"

namespace town::store {

class Pipeline {
 public:
  /// One write: the rows of all who came while the write before was under way.
  struct Group {
    explicit Group(Batch rows) : batch(std::move(rows)) {}

    Batch batch;
    bool synced = false;
    Snapshot after;
    std::vector<Notice> notices;
    bool done = false;
    std::optional<Error> failure;
    std::condition_variable changed;
  };
  /// Shared by the pipeline and those who wait for it.
  using GroupPtr = std::shared_ptr<Group>;

  struct Start {
    Snapshot now;
    std::uint64_t last_intent = 0;
    EventBook events;
  };

  /// See Store::Options.
  struct Hooks {
    std::function<void()> before_write;
    std::function<void()> on_broken;
    std::function<void(Writer)> make_room;
  };

  Pipeline(Database& database, Hub& hub, Start start, Hooks hooks);

  [[nodiscard]] std::shared_ptr<const Graph> head() const;

  /// What Store::commit hands out: the group to wait for, and what the commit was given.
  struct Receipt {
    GroupPtr group;
    Revision revision = 0;
    std::uint64_t number = 0;
  };
  /// `note` adds rows of its own to the batch.
  Receipt commit(IntentRecord intent, const GraphDelta& delta,
                 const std::function<void(Batch&)>& note, Time now);

  /// See Store::report.
  void report(const std::vector<StatusUpdate>& statuses, const std::vector<Event>& events,
              const std::vector<Key>& finalized, const std::string& finalizer, Time now);

  /// Writes rows, synced, together with what waits.
  void write(const std::function<void(Batch&)>& fill);

  /// Returns once the group is written and shown, or throws what prevented it.
  void await(const GroupPtr& group);

  /// Numbers of the key's events, oldest first.
  [[nodiscard]] std::vector<std::uint64_t> events_of(const Key& key) const;

 private:
  Group& gathering(Writer writer);
  void lead(std::unique_lock<std::mutex>& lock);
  std::optional<Error> write_out(Group& group);
  void give_up(const Error& failure);

  Database& database_;
  Hub& hub_;
  const Hooks hooks_;

  mutable std::mutex mutex_;
  Snapshot head_;
  std::uint64_t last_intent_;
  EventBook events_;
  GroupPtr gathering_;
  bool writing_ = false;
  std::optional<Error> broken_;
};

}  // namespace town::store

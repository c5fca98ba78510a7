// The one place where the project's truth lies: RocksDB, one database, a column family per concern
// (meta, intents, resources, edges, status, events, settings, accounts, sessions, audit). Owned by
// townd's main; any thread may call it.
#pragma once

#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "state/clock.h"
#include "state/event.h"
#include "state/graph.h"
#include "state/intent.h"
#include "state/status.h"

namespace town {

/// A moment of the store. Cheap to copy; never changes.
struct Snapshot {
  Revision revision = 0;
  std::shared_ptr<const Graph> graph;
  std::shared_ptr<const SnapshotMap<Key, StatusPtr>> statuses;

  /// The status at `key`; an empty one where its loop has not seen it yet.
  [[nodiscard]] Status status(const Key& key) const;
  /// Exists, is not deleting, and is Ready at its current generation.
  [[nodiscard]] bool ready(const Key& key) const;
};

struct StatusUpdate {
  Key key;
  std::optional<Status> status;  ///< none: the resource is gone, forget its status
};

/// One change that watchers hear of; says where to look, never what is there.
struct Notice {
  enum class What : std::uint8_t { graph, status, event };
  Revision revision = 0;
  Key key;
  What what{};
};

/// One reader of the stream of changes, from a revision on. Belongs to one thread.
class Watch {
 public:
  struct Batch {
    std::vector<Notice> notices;
    bool relist =
        false;  ///< too far behind, or ahead of a store that lost status: look at everything
    Revision revision = 0;
  };

  struct Impl;
  explicit Watch(std::unique_ptr<Impl> impl);
  Watch(Watch&&) noexcept;
  Watch& operator=(Watch&&) noexcept;
  ~Watch();

  /// Waits until there is something, the deadline passes (empty batch), or stop is asked for.
  Batch next(std::chrono::steady_clock::time_point deadline, const std::stop_token& stop);

 private:
  std::unique_ptr<Impl> impl_;
};

/// A book of the API's: rows under text keys, kept in key order, in a column family of its own.
enum class Book { settings, accounts, sessions, audit };

class Store {
 public:
  struct Options {
    std::filesystem::path path;
    bool in_memory = false;        ///< RocksDB's in-memory Env: unit tests
    const Clock* clock = nullptr;  ///< the machine's where null
  };

  /// Opens, or makes on first boot, the store at `path`. A damaged store, or one written by a newer
  /// townd, throws Error{unavailable} with reason StoreDamaged, StoreNewer or StoreLocked and is
  /// left exactly as it was.
  static std::unique_ptr<Store> open(const Options& options);

  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  ~Store();

  [[nodiscard]] Snapshot snapshot() const;

  /// The graph that the next commit must be built on: the snapshot's, or that of a commit that is
  /// still on its way to the disk. Only the engine asks, under its own lock.
  [[nodiscard]] std::shared_ptr<const Graph> head() const;

  /// Queues one intent: its record and the graph's change go to disk in one synced batch. Commits
  /// that wait at the same time may share a sync. The caller holds the engine's lock and awaits the
  /// future after letting go of it: it gives the revision once the batch is on disk and visible, or
  /// throws Error{unavailable} if it could not be written.
  std::future<Revision> commit(IntentRecord intent, const GraphDelta& delta);

  /// What one pass of a loop has to say, in one batch, not synced: it can be seen again.
  /// `finalized`: keys whose finalizer `finalizer` is done; those without any left go (synced).
  void report(const std::vector<StatusUpdate>& statuses, const std::vector<Event>& events,
              const std::vector<Key>& finalized, const std::string& finalizer);

  /// Changes from `from` (exclusive) on; 0 means "from now, and re-list first".
  [[nodiscard]] std::unique_ptr<Watch> watch(Revision from);

  /// Newest first.
  [[nodiscard]] std::vector<IntentRecord> intents(std::uint64_t before, std::size_t limit) const;
  [[nodiscard]] std::vector<Event> events(const std::optional<Key>& key, std::size_t limit) const;

  // The API's books.
  [[nodiscard]] std::optional<std::string> get(Book book, const std::string& key) const;
  /// All given rows in one synced batch; a row without a value is erased.
  void put(Book book, const std::vector<std::pair<std::string, std::optional<std::string>>>& rows);
  /// Rows whose key begins with `prefix`, in key order (or reversed), until `visit` returns false.
  void scan(Book book, const std::string& prefix, bool newest_first,
            const std::function<bool(const std::string&, const std::string&)>& visit) const;

  /// A consistent copy of the whole store, through RocksDB's checkpoint; `directory` must not
  /// exist.
  void checkpoint(const std::filesystem::path& directory) const;

  /// How many synced writes there were since opening; for tests that count them.
  [[nodiscard]] std::uint64_t synced_writes() const;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace town

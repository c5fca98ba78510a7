// The one place where the project's truth lies: RocksDB, one database, a column family per concern
// (meta, intents, resources, edges, status, events, settings, accounts, sessions, audit). Owned by
// townd's main; any thread may call it.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
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

  bool operator==(const Notice&) const = default;
};

/// One reader of the stream of changes, from a revision on. Belongs to one thread; may outlive the
/// store.
class Watch {
 public:
  struct Batch {
    std::vector<Notice> notices;  ///< of whole revisions, oldest first
    /// Too far behind, or ahead of a store that lost status in a power cut: look at everything.
    bool relist = false;
    /// The last revision that this batch tells of; a snapshot taken now is at least that new.
    Revision revision = 0;
  };

  struct Impl;
  explicit Watch(std::unique_ptr<Impl> impl);
  Watch(Watch&&) noexcept;
  Watch& operator=(Watch&&) noexcept;
  ~Watch();

  /// Waits until there is something, the deadline passes (empty batch), or stop is asked for
  /// (empty batch).
  Batch next(std::chrono::steady_clock::time_point deadline, const std::stop_token& stop);

 private:
  std::unique_ptr<Impl> impl_;
};

/// A commit that is on its way to the disk. Movable; belongs to one thread; must not outlive the
/// store. Whoever awaits writes for all that wait at that time, so there is no thread between a
/// client and the disk. One that is dropped without being awaited is written all the same, then.
class Pending {
 public:
  struct Impl;
  explicit Pending(std::unique_ptr<Impl> impl);
  Pending(Pending&&) noexcept;
  Pending& operator=(Pending&&) = delete;
  ~Pending();

  /// Returns the revision once the commit is on disk and visible. Throws Error{unavailable,
  /// StoreWriteFailed} if it could not be written. Call once, holding no lock.
  Revision await();

  /// The number that the intent was given.
  [[nodiscard]] std::uint64_t number() const;

 private:
  std::unique_ptr<Impl> impl_;
};

/// A book of the API's: rows under text keys, kept in key order, in a column family of its own.
enum class Book { settings, accounts, sessions, audit };

/// One row of a book; without a value it is erased.
struct BookRow {
  Book book{};
  std::string key;
  std::optional<std::string> value;
};

/// Who wants to write: where room is short, people come before loops.
enum class Writer : std::uint8_t {
  loops,   ///< what was seen; it can be seen again
  people,  ///< intents, books, and the end of what was removed
};

class Store {
 public:
  struct Options {
    std::filesystem::path path;
    bool in_memory = false;        ///< RocksDB's in-memory Env: unit tests; nothing outlives it
    const Clock* clock = nullptr;  ///< the machine's where null; must outlive the store
    /// Tests only: called before each batch of commits and reports is written, in the thread that
    /// writes it. What it throws is a write that failed.
    std::function<void()> before_write = {};
    /// Called once, when a write has failed (see commit), in the thread that wrote. Must not throw.
    std::function<void()> on_broken = {};
    /// Called before anything is changed for a write, under the store's lock: may make room on the
    /// disk, and refuses the write by throwing. Then nothing has happened, and the store goes on.
    /// Must not call the store.
    std::function<void(Writer)> make_room = {};
  };

  /// Opens, or makes on first boot, the store at `path`. First boot is where `path` is not there or
  /// an empty directory; everything else must be a store. Throws Error{unavailable} with reason
  /// - StoreDamaged: something is missing, or does not match its checksum;
  /// - StoreNewer: a newer townd wrote it;
  /// - StoreLocked: another process, or another Store of this one, has it open;
  /// and then leaves everything exactly as it was.
  static std::unique_ptr<Store> open(const Options& options);

  /// Whether open() would take `path` for a first boot; touches nothing. For whoever knows that it
  /// cannot be one.
  static bool is_first_boot(const std::filesystem::path& path);

  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  ~Store();

  [[nodiscard]] Snapshot snapshot() const;

  /// The graph that the next commit must be built on: the snapshot's, or that of a commit that is
  /// still on its way to the disk. Only the engine asks, under its own lock.
  [[nodiscard]] std::shared_ptr<const Graph> head() const;

  /// Queues one intent: its record, numbered here, and the graph's change go to disk in one synced
  /// batch. Commits that wait at the same time share a sync. `head()` moves at once. The caller
  /// holds the engine's lock here, and awaits after letting go of it.
  ///
  /// Once a write has failed, nobody knows what of it is on the disk (a second fsync would not
  /// tell). So everything that waits fails, `head()` is the snapshot's graph again, and every later
  /// write throws Error{unavailable, StoreWriteFailed} until the store is opened anew; reading goes
  /// on.
  ///
  /// `rows` go in the same batch: what the API has to note of the intent costs no second sync.
  [[nodiscard]] Pending commit(IntentRecord intent, const GraphDelta& delta,
                               const std::vector<BookRow>& rows = {});

  /// What one pass of a loop has to say, in one batch, not synced: it can be seen again. Returns
  /// when it is visible; what was known already writes nothing and tells nobody.
  /// - `statuses`: a status of what is not in the graph is dropped. Where `changed` would be the
  ///   only difference, nothing changes. A condition keeps its `since` while its type is present;
  ///   for a new one the store fills it in, unless it is set.
  /// - `events`: one that equals the last of its key (reason, message, warning) adds to its count.
  ///   The last 100 of a resource are kept, and the last 10,000 of resources that are gone.
  ///   Times that are not set become now.
  /// - `finalized`: keys whose finalizer `finalizer` is done. It is taken off those that are
  ///   deleting (others were wanted again); one without any left goes, with its status (synced).
  void report(const std::vector<StatusUpdate>& statuses, const std::vector<Event>& events,
              const std::vector<Key>& finalized, const std::string& finalizer);

  /// Changes from `from` (exclusive) on; 0 means "from now, and re-list first".
  [[nodiscard]] Watch watch(Revision from);

  /// Newest first: those with a number below `before`, or all where that is 0.
  [[nodiscard]] std::vector<IntentRecord> intents(std::uint64_t before, std::size_t limit) const;
  /// Newest first, of one key or of all.
  [[nodiscard]] std::vector<Event> events(const std::optional<Key>& key, std::size_t limit) const;

  // The API's books.
  [[nodiscard]] std::optional<std::string> get(Book book, const std::string& key) const;
  /// All given rows in one synced batch; a row without a value is erased.
  void put(Book book, const std::vector<std::pair<std::string, std::optional<std::string>>>& rows);
  /// Rows whose key begins with `prefix`, in key order (or reversed), until `visit` returns false.
  /// All as of one moment.
  void scan(Book book, const std::string& prefix, bool newest_first,
            const std::function<bool(const std::string&, const std::string&)>& visit) const;

  /// A consistent copy of the whole store that opens as a store, made while serving and mostly of
  /// hard links. `directory` must not exist, and should be on the same file system. Throws
  /// Error{unavailable, CheckpointFailed}, and leaves nothing behind. Not for one in memory.
  void checkpoint(const std::filesystem::path& directory) const;

  /// How many synced writes there were since opening; for tests that count them. Three clients that
  /// share one sync count once.
  [[nodiscard]] std::uint64_t synced_writes() const;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace town

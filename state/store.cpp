#include "state/store.h"

#include <algorithm>
#include <system_error>

#include "state/error.h"
#include "state/store/opening.h"
#include "state/store/place.h"
#include "state/store/rows.h"

namespace town {
namespace {

using store::Database;
using store::Hub;
using store::Pipeline;
using store::Table;

Table table_of(Book book) {
  switch (book) {
    case Book::settings:
      return Table::settings;
    case Book::accounts:
      return Table::accounts;
    case Book::sessions:
      return Table::sessions;
    case Book::audit:
      return Table::audit;
  }
  throw Error(Code::internal, "NoTable", "there is no such book");
}

void put_row(store::Batch& batch, Table table, const std::string& key,
             const std::optional<std::string>& value) {
  value ? batch.put(table, key, *value) : batch.erase(table, key);
}

}  // namespace

struct Watch::Impl {
  std::shared_ptr<Hub> hub;  // shared: a watch may outlive its store
  std::optional<Revision> position;
};

Watch::Watch(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Watch::Watch(Watch&&) noexcept = default;
Watch& Watch::operator=(Watch&&) noexcept = default;
Watch::~Watch() = default;

Watch::Batch Watch::next(std::chrono::steady_clock::time_point deadline,
                         const std::stop_token& stop) {
  return impl_->hub->next(impl_->position, deadline, stop);
}

struct Pending::Impl {
  Pipeline* pipeline;
  Pipeline::GroupPtr group;  // null once awaited
  Revision revision;
  std::uint64_t number;
};

Pending::Pending(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Pending::Pending(Pending&&) noexcept = default;

Pending::~Pending() {
  if (!impl_ || !impl_->group) return;
  try {
    await();
  } catch (const Error&) {
    // Whoever drops it does not ask whether it went well, and every later write throws the same.
  }
}

Revision Pending::await() {
  impl_->pipeline->await(std::exchange(impl_->group, nullptr));
  return impl_->revision;
}

std::uint64_t Pending::number() const { return impl_->number; }

struct Store::Impl {
  SystemClock system_clock;
  const Clock& clock;
  store::Opened opened;
  Database& database;
  std::shared_ptr<Hub> hub;
  Pipeline pipeline;

  Impl(const Options& options, store::Opened what)
      : clock(options.clock != nullptr ? *options.clock : system_clock),
        opened(std::move(what)),
        database(*opened.database),
        hub(std::make_shared<Hub>(opened.start.now)),
        pipeline(database, *hub, std::move(opened.start),
                 {options.before_write, options.on_broken, options.make_room}) {}
};

std::unique_ptr<Store> Store::open(const Options& options) {
  auto opened = options.in_memory ? store::open_in_memory() : store::open_on_disk(options.path);
  return std::make_unique<Store>(std::make_unique<Impl>(options, std::move(opened)));
}

bool Store::is_first_boot(const std::filesystem::path& path) { return store::holds_nothing(path); }

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

Snapshot Store::snapshot() const { return impl_->hub->snapshot(); }

std::shared_ptr<const Graph> Store::head() const { return impl_->pipeline.head(); }

Pending Store::commit(IntentRecord intent, const GraphDelta& delta,
                      const std::vector<BookRow>& rows) {
  const auto note = [&](store::Batch& batch) {
    for (const auto& row : rows) put_row(batch, table_of(row.book), row.key, row.value);
  };
  auto receipt = impl_->pipeline.commit(std::move(intent), delta, note, impl_->clock.now());
  return Pending(std::make_unique<Pending::Impl>(
      Pending::Impl{&impl_->pipeline, std::move(receipt.group), receipt.revision, receipt.number}));
}

void Store::report(const std::vector<StatusUpdate>& statuses, const std::vector<Event>& events,
                   const std::vector<Key>& finalized, const std::string& finalizer) {
  impl_->pipeline.report(statuses, events, finalized, finalizer, impl_->clock.now());
}

Watch Store::watch(Revision from) {
  const auto position = from == 0 ? std::nullopt : std::optional(from);
  return Watch(std::make_unique<Watch::Impl>(Watch::Impl{impl_->hub, position}));
}

std::vector<IntentRecord> Store::intents(std::uint64_t before, std::size_t limit) const {
  std::vector<IntentRecord> found;
  if (limit == 0) return found;
  const auto to = before == 0 ? std::string() : store::number_row(before);
  impl_->database.scan(Table::intents, "", to, true, [&](std::string_view, std::string_view row) {
    found.push_back(store::intent_of(row));
    return found.size() < limit;
  });
  return found;
}

std::vector<Event> Store::events(const std::optional<Key>& key, std::size_t limit) const {
  std::vector<Event> found;
  if (limit == 0) return found;
  if (!key) {
    impl_->database.scan(Table::events, "", "", true, [&](std::string_view, std::string_view row) {
      found.push_back(store::event_of(row));
      return found.size() < limit;
    });
    return found;
  }
  auto ids = impl_->pipeline.events_of(*key);
  std::reverse(ids.begin(), ids.end());
  for (const auto id : ids) {
    if (found.size() == limit) break;
    // One that is still on its way to the disk is not there yet.
    const auto row = impl_->database.get(Table::events, store::number_row(id));
    if (row) found.push_back(store::event_of(*row));
  }
  return found;
}

std::optional<std::string> Store::get(Book book, const std::string& key) const {
  return impl_->database.get(table_of(book), key);
}

void Store::put(Book book,
                const std::vector<std::pair<std::string, std::optional<std::string>>>& rows) {
  impl_->pipeline.write([&](store::Batch& batch) {
    for (const auto& [key, value] : rows) put_row(batch, table_of(book), key, value);
  });
}

void Store::scan(Book book, const std::string& prefix, bool newest_first,
                 const std::function<bool(const std::string&, const std::string&)>& visit) const {
  impl_->database.scan(table_of(book), prefix, store::behind(prefix), newest_first,
                       [&](std::string_view row, std::string_view value) {
                         return visit(std::string(row), std::string(value));
                       });
}

void Store::checkpoint(const std::filesystem::path& directory) const {
  namespace fs = std::filesystem;
  std::error_code failed;
  if (!fs::create_directory(directory, failed)) {
    throw Error(Code::unavailable, "CheckpointFailed",
                directory.string() + (failed ? ": " + failed.message() : " exists already"));
  }
  try {
    fs::permissions(directory, fs::perms::owner_all);
    impl_->database.checkpoint(directory / "db");
    store::mark_copy(directory, store::kSchema);
  } catch (const std::exception& error) {
    fs::remove_all(directory, failed);
    throw Error(Code::unavailable, "CheckpointFailed", error.what());
  }
}

std::uint64_t Store::synced_writes() const { return impl_->database.synced_writes(); }

}  // namespace town

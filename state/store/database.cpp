#include "state/store/database.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/options.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <limits>
#include <vector>

#include "state/error.h"

namespace town::store {
namespace {

using rocksdb::Slice;
using rocksdb::Status;

constexpr std::array<std::string_view, kTableCount> kNames = {
    "meta",   "intents",  "resources", "edges",    "status",
    "events", "settings", "accounts",  "sessions", "audit"};

// The graph lives in memory, so what RocksDB keeps there is only for books and for writing.
constexpr std::size_t kBlockCacheBytes = 4U << 20U;
/// Tables are mostly read from end to end.
constexpr std::size_t kBlockBytes = 16U << 10U;
constexpr std::size_t kMemtableBytes = 8U << 20U;
constexpr std::size_t kTableMemtableBytes = 4U << 20U;
constexpr std::size_t kArenaBlockBytes = 64U << 10U;
/// What must be replayed at most when opening.
constexpr std::uint64_t kWalBytes = 8U << 20U;

Slice slice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view view(const Slice& text) { return {text.data(), text.size()}; }

/// RocksDB's own log would be a file beside the data, written even when we only look.
class NoLog final : public rocksdb::Logger {
 public:
  using Logger::Logv;
  void Logv(const char*, va_list) override {}
};

[[noreturn]] void fail(const std::string& reason, const std::string& sentence, const Status& why) {
  throw Error(Code::unavailable, reason, sentence + ": " + why.ToString());
}

void check_read(const Status& status) {
  if (status.ok()) return;
  fail("StoreDamaged", "a part of the store cannot be read", status);
}

[[noreturn]] void fail_open(const std::filesystem::path& directory, const Status& why) {
  const auto text = why.ToString();
  const auto name = directory.string();
  if (why.IsIOError() &&
      (text.find("lock hold") != text.npos || text.find("lock file") != text.npos)) {
    fail("StoreLocked", "the store in " + name + " is open in another program", why);
  }
  if (why.IsNoSpace()) fail("StoreWriteFailed", "the disk of " + name + " is full", why);
  fail("StoreDamaged", "the store in " + name + " is damaged and was left as it is", why);
}

rocksdb::DBOptions database_options(rocksdb::Env* env, bool create) {
  rocksdb::DBOptions options;
  options.env = env;
  options.create_if_missing = create;
  options.error_if_exists = create;
  options.create_missing_column_families = true;
  options.info_log = std::make_shared<NoLog>();
  // Power may fail while a record is being appended: an unfinished last record is normal, was never
  // acknowledged, and is cut off. Anything wrong before the end is damage and refuses to open.
  // Point-in-time recovery would silently drop what was acknowledged behind it; absolute
  // consistency would refuse after every power cut.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.paranoid_checks = true;
  options.db_write_buffer_size = kMemtableBytes;
  options.max_total_wal_size = kWalBytes;
  options.max_background_jobs = 2;
  options.max_file_opening_threads = 1;
  options.skip_stats_update_on_db_open = true;
  // The store has one writer at a time; what is for many would only cost it.
  options.allow_concurrent_memtable_write = false;
  options.enable_write_thread_adaptive_yield = false;
  // An idle box should sleep.
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  return options;
}

rocksdb::ColumnFamilyOptions table_options() {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(kBlockCacheBytes);
  table.cache_index_and_filter_blocks = true;
  table.block_size = kBlockBytes;
  rocksdb::ColumnFamilyOptions options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.write_buffer_size = kTableMemtableBytes;
  options.arena_block_size = kArenaBlockBytes;
  options.compression = rocksdb::kLZ4Compression;
  return options;
}

std::optional<std::size_t> table_named(std::string_view name) {
  const auto at = std::find(kNames.begin(), kNames.end(), name);
  if (at == kNames.end()) return std::nullopt;
  return static_cast<std::size_t>(at - kNames.begin());
}

/// Names of the tables that are there, RocksDB's own "default" first.
std::vector<std::string> tables_in(const rocksdb::DBOptions& options,
                                   const std::string& directory) {
  std::vector<std::string> names;
  const auto status = rocksdb::DB::ListColumnFamilies(options, directory, &names);
  if (!status.ok()) fail_open(directory, status);
  for (const auto& name : names) {
    if (name == rocksdb::kDefaultColumnFamilyName || table_named(name)) continue;
    throw Error(Code::unavailable, "StoreNewer",
                "the store in " + directory + " has a table \"" + name +
                    "\" that this townd does not know; use the townd that wrote it");
  }
  return names;
}

std::vector<std::string> all_tables() {
  std::vector<std::string> names = {rocksdb::kDefaultColumnFamilyName};
  names.insert(names.end(), kNames.begin(), kNames.end());
  return names;
}

}  // namespace

struct Batch::Impl {
  const Database::Impl* database;
  rocksdb::WriteBatch rows;
};

struct Database::Impl {
  std::unique_ptr<rocksdb::Env> memory;  // outlives the database in it
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;  // all, to be given back
  std::array<rocksdb::ColumnFamilyHandle*, kTableCount> tables{};
  std::atomic<std::uint64_t> synced_writes = 0;
  bool flush_at_end = false;

  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    if (!db) return;
    // What lies in table files is checked in full when opening; in the log, damage to the length of
    // a record looks like a power cut. So the log is emptied wherever there is time for it. Where
    // that fails the log still has everything, and the next opening says what is wrong.
    if (flush_at_end) static_cast<void>(db->Flush(rocksdb::FlushOptions(), handles));
    for (auto* handle : handles) db->DestroyColumnFamilyHandle(handle);
    db->Close();
  }

  void open(const std::string& directory, Mode mode) {
    if (mode == Mode::in_memory) memory.reset(rocksdb::NewMemEnv(rocksdb::Env::Default()));
    auto* env = memory ? memory.get() : rocksdb::Env::Default();
    const bool create = mode == Mode::create || mode == Mode::in_memory;
    const auto options = database_options(env, create);
    const auto names = mode == Mode::read ? tables_in(options, directory) : all_tables();
    const auto table = table_options();
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const auto& name : names) families.emplace_back(name, table);
    rocksdb::DB* opened = nullptr;
    const auto status =
        mode == Mode::read
            ? rocksdb::DB::OpenForReadOnly(options, directory, families, &handles, &opened)
            : rocksdb::DB::Open(options, directory, families, &handles, &opened);
    if (!status.ok()) fail_open(directory, status);
    db.reset(opened);
    flush_at_end = mode == Mode::write;
    for (auto* handle : handles) {
      if (const auto known = table_named(handle->GetName())) tables.at(*known) = handle;
    }
  }

  [[nodiscard]] rocksdb::ColumnFamilyHandle* table(Table which) const {
    auto* handle = tables.at(static_cast<std::size_t>(which));
    if (handle == nullptr) throw Error(Code::internal, "NoTable", "a table is not there yet");
    return handle;
  }
};

Batch::Batch(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Batch::Batch(Batch&&) noexcept = default;
Batch& Batch::operator=(Batch&&) noexcept = default;
Batch::~Batch() = default;

void Batch::put(Table table, std::string_view row, std::string_view value) {
  const auto status = impl_->rows.Put(impl_->database->table(table), slice(row), slice(value));
  if (!status.ok()) fail("StoreWriteFailed", "a row cannot be stored", status);
}

void Batch::erase(Table table, std::string_view row) {
  const auto status = impl_->rows.Delete(impl_->database->table(table), slice(row));
  if (!status.ok()) fail("StoreWriteFailed", "a row cannot be erased", status);
}

std::unique_ptr<Database> Database::open(const std::filesystem::path& directory, Mode mode) {
  auto impl = std::make_unique<Impl>();
  impl->open(directory.string(), mode);
  return std::make_unique<Database>(std::move(impl));
}

Database::Database(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Database::~Database() = default;

bool Database::has(Table table) const {
  return impl_->tables.at(static_cast<std::size_t>(table)) != nullptr;
}

Batch Database::batch() const {
  return Batch(std::make_unique<Batch::Impl>(Batch::Impl{impl_.get(), rocksdb::WriteBatch()}));
}

void Database::write(Batch& batch, bool synced) {
  rocksdb::WriteOptions options;
  options.sync = synced;
  const auto status = impl_->db->Write(options, &batch.impl_->rows);
  if (status.IsNoSpace()) {
    fail("StoreWriteFailed",
         "the disk is full: nothing can be changed until there is room on it again", status);
  }
  if (!status.ok()) fail("StoreWriteFailed", "the store could not be written", status);
  if (synced) impl_->synced_writes.fetch_add(1, std::memory_order_relaxed);
}

std::optional<std::string> Database::get(Table table, std::string_view row) const {
  std::string value;
  const auto status =
      impl_->db->Get(rocksdb::ReadOptions(), impl_->table(table), slice(row), &value);
  if (status.IsNotFound()) return std::nullopt;
  check_read(status);
  return value;
}

void Database::scan(Table table, std::string_view from, std::string_view to, bool backwards,
                    const Visit& visit) const {
  const Slice lower = slice(from);
  const Slice upper = slice(to);
  rocksdb::ReadOptions options;
  options.iterate_lower_bound = &lower;
  // A walk through a whole table would push everything else out.
  options.fill_cache = !from.empty() || !to.empty();
  if (!to.empty()) options.iterate_upper_bound = &upper;
  const std::unique_ptr<rocksdb::Iterator> at(impl_->db->NewIterator(options, impl_->table(table)));
  for (backwards ? at->SeekToLast() : at->SeekToFirst(); at->Valid();
       backwards ? at->Prev() : at->Next()) {
    if (!visit(view(at->key()), view(at->value()))) return;
  }
  check_read(at->status());
}

void Database::verify() const {
  std::vector<rocksdb::LiveFileMetaData> files;
  impl_->db->GetLiveFilesMetaData(&files);
  const auto audit = kNames.at(static_cast<std::size_t>(Table::audit));
  for (const auto& file : files) {
    if (file.column_family_name == audit) continue;
    rocksdb::Options options;
    options.env = impl_->db->GetEnv();
    options.info_log = std::make_shared<NoLog>();
    rocksdb::SstFileReader reader(options);
    check_read(reader.Open(file.db_path + file.name));
    check_read(reader.VerifyChecksum());
  }
}

void Database::checkpoint(const std::filesystem::path& directory) const {
  rocksdb::Checkpoint* made = nullptr;
  auto status = rocksdb::Checkpoint::Create(impl_->db.get(), &made);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  // The log is copied, not flushed: a copy must not disturb those who are being served.
  constexpr auto kNeverFlush = std::numeric_limits<std::uint64_t>::max();
  if (status.ok()) status = checkpoint->CreateCheckpoint(directory.string(), kNeverFlush);
  if (!status.ok()) fail("CheckpointFailed", "the store could not be copied", status);
}

std::uint64_t Database::synced_writes() const {
  return impl_->synced_writes.load(std::memory_order_relaxed);
}

std::string behind(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && end.back() == '\xFF') end.pop_back();
  if (!end.empty()) ++end.back();
  return end;
}

}  // namespace town::store

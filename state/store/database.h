// The door to RocksDB: tables, batches and nothing that means anything. Inside state/ only; any
// thread may call a Database, a Batch belongs to one thread at a time. Where bytes do not match
// their checksum, or a file is missing, everything here throws Error{unavailable, StoreDamaged}.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace town::store {

/// A column family each; the names in database.cpp are for good.
enum class Table : std::uint8_t {
  meta,
  intents,
  resources,
  edges,
  status,
  events,
  settings,
  accounts,
  sessions,
  audit,
};

inline constexpr int kTableCount = 10;

/// Rows to be written or erased together. Made by a Database, which must outlive it.
class Batch {
 public:
  struct Impl;
  explicit Batch(std::unique_ptr<Impl> impl);
  Batch(Batch&&) noexcept;
  Batch& operator=(Batch&&) noexcept;
  ~Batch();

  void put(Table table, std::string_view row, std::string_view value);
  void erase(Table table, std::string_view row);

 private:
  friend class Database;
  std::unique_ptr<Impl> impl_;
};

class Database {
 public:
  /// How a directory is opened. `read` looks at everything and touches nothing.
  enum class Mode { read, write, create, in_memory };

  /// Throws Error{unavailable}: StoreDamaged; StoreNewer, where there are tables that we do not
  /// know; StoreLocked; StoreWriteFailed, where the disk refuses.
  static std::unique_ptr<Database> open(const std::filesystem::path& directory, Mode mode);

  struct Impl;
  explicit Database(std::unique_ptr<Impl> impl);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  /// False only in mode `read`, of a store that an older townd made.
  [[nodiscard]] bool has(Table table) const;

  [[nodiscard]] Batch batch() const;

  /// All of it or nothing. Synced: on the disk on return. Throws Error{unavailable,
  /// StoreWriteFailed}.
  void write(Batch& batch, bool synced);

  [[nodiscard]] std::optional<std::string> get(Table table, std::string_view row) const;

  /// Rows from `from` up to, not including, `to` (empty: to the end), as of one moment, until
  /// `visit(row, value)` returns false. `backwards` begins at the upper end.
  using Visit = std::function<bool(std::string_view, std::string_view)>;
  void scan(Table table, std::string_view from, std::string_view to, bool backwards,
            const Visit& visit) const;

  /// Reads every file, except those of the audit table, and compares the checksums. The audit
  /// table grows for years and the box must not wait for it; its damage shows where it is read.
  void verify() const;

  /// A copy at `directory`, which must not exist. Throws Error{unavailable, CheckpointFailed}.
  void checkpoint(const std::filesystem::path& directory) const;

  [[nodiscard]] std::uint64_t synced_writes() const;

 private:
  std::unique_ptr<Impl> impl_;
};

/// The first row behind all that begin with `prefix`; empty where there is none.
std::string behind(std::string_view prefix);

}  // namespace town::store

// The directory of a store: `db` with RocksDB's files, and beside it the marker TOWN-STORE with the
// schema in readable text. Answers, before RocksDB may touch anything, whether this is a first boot
// or a store of ours. Inside state/ only; one thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

namespace town::store {

inline constexpr std::string_view kUnfinished = "db.new";

/// True where nothing was ever stored at `directory`: it is not there, or empty but for what an
/// interrupted first boot left.
bool holds_nothing(const std::filesystem::path& directory);

class Place {
 public:
  /// Locks the directory, making it if it is not there, until the Place is destroyed. Throws
  /// Error{unavailable, StoreLocked}, or StoreDamaged where it is no directory.
  explicit Place(std::filesystem::path directory);
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place();

  /// True where it holds nothing. Otherwise everything that a store consists of must be there, or
  /// it throws Error{unavailable, StoreDamaged}; a marker above `newest_schema` throws StoreNewer.
  [[nodiscard]] bool first_boot(int newest_schema) const;

  [[nodiscard]] std::filesystem::path database() const { return directory_ / "db"; }

  /// Where a first boot makes its database, so that a power cut leaves nothing that looks like a
  /// store.
  [[nodiscard]] std::filesystem::path unfinished() const { return directory_ / kUnfinished; }

  /// Removes what an interrupted first boot left.
  void clear_unfinished() const;

  /// Puts the finished database in place.
  void finish() const;

  /// Says in the marker which schema this is, on disk on return; nothing if it says so already.
  void mark(int schema) const;

 private:
  [[nodiscard]] std::optional<int> marked() const;
  void check_parts() const;

  std::filesystem::path directory_;
  int lock_ = -1;
};

/// Writes the marker of a copy of the store at `directory`.
void mark_copy(const std::filesystem::path& directory, int schema);

}  // namespace town::store

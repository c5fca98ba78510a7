// Whole small files: read with a bound, written so that a reader sees the old or the new one. For
// drivers; any thread.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace town {

/// Tells whether a file is still the one that was read.
struct FileStamp {
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t changed = 0;  ///< nanoseconds of its ctime, which no writer can set back

  bool operator==(const FileStamp&) const = default;
};

/// Nothing where there is no such regular file; a link is not followed.
std::optional<FileStamp> stamp_of(const std::filesystem::path& file);

/// False while the file is so young that another change might bear the same time: then a stamp
/// proves nothing, and the file must be read again.
bool is_settled(const FileStamp& stamp);

/// Nothing where there is no such regular file (a link is none), or it is larger than `limit`
/// bytes.
std::optional<std::string> read_small_file(const std::filesystem::path& file, std::size_t limit);

/// Writes beside it, under a name that begins with a dot and ends in ".tmp", and renames. Throws
/// Error{unavailable, DiskFull} or Error{internal, FileSystem}.
void replace_file(const std::filesystem::path& file, const std::string& text, mode_t mode);

/// Gone already is fine.
void remove_file_at(const std::filesystem::path& file);

}  // namespace town

#include "state/store/place.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "state/error.h"

namespace town::store {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMarker = "TOWN-STORE";
constexpr std::string_view kMarkerBegin = "town store, schema ";
constexpr std::string_view kMarkerEnd =
    "\nThis directory belongs to townd. While this file is here, a database that is not is "
    "damage,\n"
    "and never a first boot. To begin anew on purpose, remove the whole directory.\n";
constexpr std::size_t kMarkerLimit = 4096;

[[noreturn]] void damaged(const fs::path& directory, const std::string& what) {
  throw Error(Code::unavailable, "StoreDamaged",
              "the store in " + directory.string() + " is damaged and was left as it is: " + what +
                  "; restore it from a backup");
}

[[noreturn]] void fail_write(const fs::path& path) {
  throw Error(Code::unavailable, "StoreWriteFailed",
              path.string() + " could not be written: " + std::strerror(errno));
}

std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text(kMarkerLimit, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

void sync_directory(const fs::path& directory) {
  const int handle = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (handle < 0) fail_write(directory);
  const bool synced = ::fsync(handle) == 0;
  ::close(handle);
  if (!synced) fail_write(directory);
}

/// Whole or not at all, also over a power cut.
void write_text(const fs::path& path, std::string_view text) {
  const fs::path fresh = path.string() + ".new";
  const int handle = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (handle < 0) fail_write(fresh);
  const bool written =
      ::write(handle, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const bool synced = written && ::fsync(handle) == 0;
  ::close(handle);
  if (!synced || ::rename(fresh.c_str(), path.c_str()) != 0) fail_write(path);
  sync_directory(path.parent_path());
}

std::string marker_text(int schema) {
  return std::string(kMarkerBegin) + std::to_string(schema) + std::string(kMarkerEnd);
}

}  // namespace

bool holds_nothing(const fs::path& directory) {
  if (!fs::exists(directory)) return true;
  if (!fs::is_directory(directory)) return false;
  return std::all_of(fs::directory_iterator(directory), fs::directory_iterator(),
                     [](const auto& entry) { return entry.path().filename() == kUnfinished; });
}

Place::Place(fs::path directory) : directory_(std::move(directory)) {
  std::error_code failed;
  // Secrets lie in the store, so nobody else may look.
  if (fs::create_directories(directory_, failed)) {
    fs::permissions(directory_, fs::perms::owner_all, failed);
  }
  // The lock is on the directory itself: a lock file would have to be written.
  lock_ = ::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock_ < 0) damaged(directory_, std::strerror(errno));
  if (::flock(lock_, LOCK_EX | LOCK_NB) == 0) return;
  ::close(lock_);
  throw Error(Code::unavailable, "StoreLocked",
              "the store in " + directory_.string() + " is open already; is a townd running?");
}

Place::~Place() { ::close(lock_); }

std::optional<int> Place::marked() const {
  const auto path = directory_ / kMarker;
  if (!fs::exists(path)) return std::nullopt;
  const auto text = read_text(path);
  int schema = -1;
  if (text.starts_with(kMarkerBegin)) {
    const auto* begin = text.data() + kMarkerBegin.size();
    const auto [end, error] = std::from_chars(begin, text.data() + text.size(), schema);
    if (error == std::errc() && schema >= 0 && end != text.data() + text.size() && *end == '\n') {
      return schema;
    }
  }
  damaged(directory_, "its marker " + std::string(kMarker) + " does not name a schema");
}

bool Place::first_boot(int newest_schema) const {
  if (holds_nothing(directory_)) return true;
  const auto schema = marked();
  if (schema && *schema > newest_schema) {
    throw Error(Code::unavailable, "StoreNewer",
                "the store in " + directory_.string() + " has schema " + std::to_string(*schema) +
                    ", and this townd knows " + std::to_string(newest_schema) +
                    "; use the townd that wrote it");
  }
  check_parts();
  return false;
}

/// What RocksDB would not miss, or would make anew: without these it might begin an empty database,
/// or lose what only the log held.
void Place::check_parts() const {
  if (!fs::is_regular_file(database() / "CURRENT")) damaged(directory_, "db/CURRENT is missing");
  auto manifest = read_text(database() / "CURRENT");
  if (manifest.ends_with('\n')) manifest.pop_back();
  if (!manifest.starts_with("MANIFEST-") || manifest.find('/') != manifest.npos ||
      !fs::is_regular_file(database() / manifest)) {
    damaged(directory_, "db/CURRENT names no manifest");
  }
  const bool log =
      std::any_of(fs::directory_iterator(database()), fs::directory_iterator(),
                  [](const auto& entry) { return entry.path().extension() == ".log"; });
  if (!log) damaged(directory_, "the write-ahead log is missing");
}

void Place::clear_unfinished() const { fs::remove_all(unfinished()); }

void Place::finish() const {
  if (::rename(unfinished().c_str(), database().c_str()) != 0) fail_write(database());
  sync_directory(directory_);
}

void Place::mark(int schema) const {
  if (marked() != schema) write_text(directory_ / kMarker, marker_text(schema));
}

void mark_copy(const fs::path& directory, int schema) {
  write_text(directory / kMarker, marker_text(schema));
}

}  // namespace town::store

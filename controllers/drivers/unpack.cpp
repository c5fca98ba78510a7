#include "controllers/drivers/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "controllers/drivers/system_error.h"
#include "controllers/drivers/tree_writer.h"
#include "engine/words.h"

namespace town {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kBlock = 64 * 1024;
constexpr std::uint64_t kFreeOfRatio = 256ULL << 20U;
constexpr std::chrono::seconds kProgressEvery{1};

struct Free {
  void operator()(archive* object) const { archive_read_free(object); }
};

class Unpacking {
 public:
  Unpacking(int source, int top, const UnpackOptions& options,
            const std::function<void(const std::string&)>& progress, const std::stop_token& stop)
      : options_(options),
        progress_(progress),
        stop_(stop),
        archive_(archive_read_new()),
        writer_(top, options.name, options.owner, options.outward_links) {
    if (!archive_) throw Error(Code::internal, "OutOfMemory", "No archive could be opened.");
    // Only what is built into the library: for the rest it would start programs.
    archive_read_support_filter_gzip(archive_.get());
    archive_read_support_filter_bzip2(archive_.get());
    archive_read_support_filter_xz(archive_.get());
    archive_read_support_filter_zstd(archive_.get());
    archive_read_support_format_tar(archive_.get());
    check(archive_read_open_fd(archive_.get(), source, kBlock));
    // gzip within gzip is no archive but a bomb: "none" is one of those that are counted.
    if (archive_filter_count(archive_.get()) > 2) damaged("is compressed more than once");
  }

  std::uint64_t run() {
    archive_entry* entry = nullptr;
    while (next(entry)) {
      if (++entries_ > options_.entries) too_large("holds more files than a volume may begin with");
      watch();
      write(*entry);
    }
    return entries_;
  }

 private:
  bool next(archive_entry*& entry) {
    const int result = archive_read_next_header(archive_.get(), &entry);
    // In an empty file there is no format to be found either: it is taken for damaged, not for
    // empty.
    if (result == ARCHIVE_EOF) return false;
    check(result);
    return true;
  }

  void write(archive_entry& entry) {
    const auto path = writer_.path_of(name_of(entry));
    const auto look = look_of(entry);
    const auto* hard = archive_entry_hardlink(&entry);
    if (hard != nullptr) return writer_.hard_link(path, writer_.path_of(hard));
    switch (archive_entry_filetype(&entry)) {
      case AE_IFDIR:
        if (path.empty() && options_.top) writer_.top(look);
        return writer_.directory(path, look);
      case AE_IFLNK:
        return writer_.link(path, text(archive_entry_symlink(&entry)), look);
      case AE_IFREG:
        return contents(path, look, entry);
      default:
        throw Error(Code::remote, "ArchiveUnsafe",
                    fmt::format("'{}' in {} is a device or a pipe, so nothing of it was unpacked",
                                path, options_.name));
    }
  }

  void contents(const std::string& path, const EntryLook& look, archive_entry& entry) {
    const auto file = writer_.file(path, look);
    const void* data = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    for (;;) {
      const int result = archive_read_data_block(archive_.get(), &data, &size, &offset);
      if (result == ARCHIVE_EOF) break;
      check(result);
      watch();
      put(file.get(), static_cast<const char*>(data), size, offset);
      written_ += size;
    }
    // A hole at its end is in no block.
    if (ftruncate(file.get(), archive_entry_size(&entry)) != 0) failed(errno);
    writer_.finish(file.get(), look);
  }

  void put(int fd, const char* data, std::size_t size, la_int64_t offset) const {
    while (size > 0) {
      const auto count = pwrite(fd, data, size, offset);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) failed(errno);
      data += count;
      size -= static_cast<std::size_t>(count);
      offset += count;
    }
  }

  /// Whether to go on, and now and then how far it has come.
  void watch() {
    if (stop_.stop_requested()) {
      throw Error(Code::unavailable, "Stopped", "The unpacking was interrupted.");
    }
    const auto now = steady_clock::now();
    if (now >= options_.deadline) {
      throw Error(Code::unavailable, "TimedOut",
                  fmt::format("{} could not be unpacked in time", sentence()));
    }
    const auto read = static_cast<std::uint64_t>(archive_filter_bytes(archive_.get(), -1));
    if (written_ > kFreeOfRatio && written_ / options_.ratio > read) {
      too_large("unpacks to far more than it is: it looks like an attempt to fill the disk");
    }
    if (progress_ && now >= told_ + kProgressEvery) {
      told_ = now;
      progress_(fmt::format("unpacking {}: {} so far", options_.name, size_words(written_)));
    }
  }

  /// In bytes as written; text of pax archives that is no ASCII comes as UTF-8 only.
  [[nodiscard]] std::string name_of(archive_entry& entry) const {
    const auto* name = archive_entry_pathname(&entry);
    if (name == nullptr) name = archive_entry_pathname_utf8(&entry);
    if (name == nullptr) damaged("holds a file without a name");
    return name;
  }

  static std::string text(const char* value) { return value == nullptr ? "" : value; }

  static EntryLook look_of(archive_entry& entry) {
    EntryLook look;
    look.mode = archive_entry_perm(&entry);
    look.uid = static_cast<std::uint32_t>(archive_entry_uid(&entry));
    look.gid = static_cast<std::uint32_t>(archive_entry_gid(&entry));
    if (archive_entry_mtime_is_set(&entry) != 0) {
      look.modified = timespec{archive_entry_mtime(&entry), 0};
    }
    return look;
  }

  void check(int result) const {
    // A warning is about what we do not take anyway, such as flags of other systems.
    if (result == ARCHIVE_OK || result == ARCHIVE_WARN) return;
    const auto* words = archive_error_string(archive_.get());
    damaged("cannot be read" + (words == nullptr ? "" : ": " + std::string(words).substr(0, 200)));
  }

  [[nodiscard]] std::string sentence() const {
    auto name = options_.name;
    if (!name.empty())
      name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
    return name;
  }

  [[noreturn]] void damaged(const std::string& what) const {
    throw Error(Code::remote, "ArchiveDamaged", sentence() + " " + what);
  }

  [[noreturn]] void too_large(const std::string& what) const {
    throw Error(Code::remote, "ArchiveTooLarge", sentence() + " " + what);
  }

  [[noreturn]] void failed(int error) const {
    throw system_error(sentence() + " could not be unpacked", error);
  }

  const UnpackOptions& options_;
  const std::function<void(const std::string&)>& progress_;
  const std::stop_token& stop_;
  std::unique_ptr<archive, Free> archive_;
  TreeWriter writer_;
  std::uint64_t entries_ = 0;
  std::uint64_t written_ = 0;
  steady_clock::time_point told_ = steady_clock::now();
};

}  // namespace

std::uint64_t unpack(int source, int top, const UnpackOptions& options,
                     const std::function<void(const std::string&)>& progress,
                     const std::stop_token& stop) {
  return Unpacking(source, top, options, progress, stop).run();
}

}  // namespace town

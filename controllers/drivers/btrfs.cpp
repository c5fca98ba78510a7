#include "controllers/drivers/btrfs.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <mutex>
#include <set>

#include "controllers/drivers/beneath.h"
#include "controllers/drivers/btrfs_metadata.h"
#include "controllers/drivers/btrfs_path.h"
#include "controllers/drivers/btrfs_qgroups.h"
#include "controllers/drivers/btrfs_subvolumes.h"
#include "controllers/drivers/system_error.h"
#include "controllers/drivers/volume_files.h"
#include "controllers/drivers/volume_mark.h"

namespace town {
namespace {

constexpr std::size_t kIdLimit = 64;
constexpr const char* kStaging = "town/staging";
constexpr int kQgroupsAtOnce = 32;
constexpr std::array kRootDirectories{"installed", "uninstalled", "archives", "pages",
                                      "vm-images", "user",        "tls"};

void check_id(const std::string& id) {
  const auto good = [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_'; };
  if (id.empty() || id.size() > kIdLimit || !std::all_of(id.begin(), id.end(), good)) {
    throw Error(Code::invalid, "BadId", fmt::format("'{}' is no id of a volume.", id));
  }
}

class RealBtrfs final : public Btrfs {
 public:
  explicit RealBtrfs(const std::filesystem::path& root) : root_(std::filesystem::absolute(root)) {}

  void prepare() override {
    const Descriptor root = open_root();
    enable_quotas(root.get());
    for (const char* name : kRootDirectories) make_directories(root.get(), name);
    const Descriptor own = make_directories(root.get(), "town");
    if (fchmod(own.get(), 0700) != 0) throw system_error("'town' could not be closed off", errno);
    const Descriptor staging = make_directories(root.get(), kStaging);
    const std::lock_guard lock(layout_);
    sweep_staging(root.get(), staging.get());
    sweep_qgroups(root.get());
  }

  std::vector<Subvolume> list() override {
    const Descriptor root = open_root();
    const std::string inside = path_in_subvolume(root.get());
    const std::string prefix = inside.empty() ? "" : inside + "/";
    const auto infos = subvolumes_below(root.get(), subvolume_holding(root.get()));
    const auto qgroups = read_qgroups(root.get());
    std::vector<Subvolume> result;
    result.reserve(infos.size());
    for (const auto& info : infos) {
      if (!info.path.starts_with(prefix)) continue;
      std::string path = info.path.substr(prefix.size());
      if (path.starts_with(kStaging)) continue;  // not there yet
      auto subvolume = look_at(root.get(), std::move(path), info);
      if (!subvolume) continue;
      if (const auto qgroup = qgroups.find(info.id); qgroup != qgroups.end()) {
        subvolume->quota = qgroup->second.limit;
        subvolume->used = qgroup->second.used;
      }
      result.push_back(std::move(*subvolume));
    }
    std::sort(result.begin(), result.end(),
              [](const auto& a, const auto& b) { return a.path < b.path; });
    return result;
  }

  void create(const std::string& path, const std::string& id, std::uint64_t quota,
              std::optional<std::uint32_t> uid, std::optional<std::uint32_t> gid) override {
    check_volume_path(path);
    check_id(id);
    const Descriptor root = open_root();
    const std::lock_guard lock(layout_);
    if (is_there(root.get(), path, id)) return;
    const Descriptor staging = make_directories(root.get(), kStaging);
    make_staged(root.get(), staging.get(), id, quota, {uid, gid});
    rename_to(staging.get(), id, root.get(), path);
  }

  std::string stage(const std::string& id, std::uint64_t quota, std::optional<std::uint32_t> uid,
                    std::optional<std::uint32_t> gid) override {
    check_id(id);
    const Descriptor root = open_root();
    const std::lock_guard lock(layout_);
    const Descriptor staging = make_directories(root.get(), kStaging);
    make_staged(root.get(), staging.get(), id, quota, {uid, gid});
    return fmt::format("{}/{}", kStaging, id);
  }

  void place(const std::string& id, const std::string& path) override {
    check_volume_path(path);
    check_id(id);
    const Descriptor root = open_root();
    const Descriptor staging = make_directories(root.get(), kStaging);
    const Descriptor made = open_subvolume(staging.get(), id);
    // Without, a power failure could leave the volume in its place, and its files empty.
    if (syncfs(made.get()) != 0) throw system_error("The new volume could not be written", errno);
    const std::lock_guard lock(layout_);
    rename_to(staging.get(), id, root.get(), path);
  }

  void snapshot(const std::string& from, const std::string& to, const std::string& id,
                std::uint64_t quota, bool read_only) override {
    check_volume_path(from);
    check_volume_path(to);
    check_id(id);
    const Descriptor root = open_root();
    const std::lock_guard lock(layout_);
    const Descriptor source = open_subvolume(root.get(), from);
    if (!is_there(root.get(), to, id)) {
      const Descriptor staging = make_directories(root.get(), kStaging);
      remove_staged(root.get(), staging.get(), id);
      const Descriptor made = create_snapshot(source.get(), staging.get(), id);
      // It has the limit of its source, and takes no mark where that is reached.
      set_limit(root.get(), subvolume_info(made.get()).id, 0);
      finish(root.get(), staging.get(), made.get(), to, id, quota);
    }
    // Last, and also where it was there: a read-only one could not have been put in its place.
    if (read_only) set_read_only(open_subvolume(root.get(), to).get(), true);
  }

  void discard(const std::string& id) override {
    check_id(id);
    const Descriptor root = open_root();
    const std::lock_guard lock(layout_);
    const Descriptor staging = make_directories(root.get(), kStaging);
    remove_staged(root.get(), staging.get(), id);
    destroy_qgroups(root.get());
  }

  void set_quota(const std::string& path, std::uint64_t quota) override {
    const Descriptor root = open_root();
    set_limit(root.get(), subvolume_info(open_subvolume(root.get(), path).get()).id, quota);
  }

  void set_owner(const std::string& path, std::uint32_t uid, std::uint32_t gid) override {
    if (fchown(open_subvolume(open_root().get(), path).get(), uid, gid) != 0) {
      throw system_error(fmt::format("The owner of '{}' could not be set", path), errno);
    }
  }

  void move(const std::string& from, const std::string& to) override {
    check_volume_path(from);
    check_volume_path(to);
    const Descriptor root = open_root();
    const std::lock_guard lock(layout_);
    const Descriptor moved = open_subvolume(root.get(), from);
    if (to.starts_with(from + "/")) throw moved_into_itself(from);
    const Descriptor source = open_beneath(root.get(), parent_of(from), O_RDONLY | O_DIRECTORY);
    if (!source) throw system_error(fmt::format("'{}' could not be opened", from), errno);
    // The kernel lets no read-only subvolume change its parent directory.
    const bool read_only = subvolume_info(moved.get()).read_only;
    if (read_only) set_read_only(moved.get(), false);
    rename_to(source.get(), leaf_of(from), root.get(), to);
    if (read_only) set_read_only(moved.get(), true);
    remove_empty_parents(root.get(), from);
  }

  void destroy(const std::string& path) override {
    check_volume_path(path);
    const Descriptor root = open_root();
    const std::lock_guard lock(layout_);
    Descriptor doomed = open_beneath(root.get(), path, O_RDONLY | O_DIRECTORY);
    if (!doomed && errno == ENOENT) return;
    if (!doomed) throw system_error(fmt::format("'{}' could not be opened", path), errno);
    if (!is_subvolume(doomed.get())) throw path_taken(path);
    destroy_tree(root.get(), std::move(doomed));
    // The room is given back by a thread of the kernel that begins after the next commit: now and
    // not in half a minute, for on a full disk somebody waits for it. Else it is only later.
    static_cast<void>(ioctl(root.get(), BTRFS_IOC_START_SYNC, nullptr));
    remove_empty_parents(root.get(), path);
    destroy_qgroups(root.get());
  }

  std::vector<std::string> missing_files(const std::string& path,
                                         const std::vector<std::string>& files) override {
    check_volume_path(path);
    const Descriptor root = open_root();
    const Descriptor top = open_beneath(root.get(), path, O_RDONLY | O_DIRECTORY);
    return top ? missing_below(top.get(), files) : files;
  }

  void write_file(const std::string& path, const std::string& file, const std::string& text,
                  std::optional<std::uint32_t> uid, std::optional<std::uint32_t> gid) override {
    check_volume_path(path);
    const Descriptor root = open_root();
    const Descriptor top = open_beneath(root.get(), path, O_RDONLY | O_DIRECTORY);
    if (!top) throw no_subvolume(path);
    write_below(top.get(), file, text, {uid, gid});
  }

  DiskFigures usage() override {
    struct statvfs status {};
    const Descriptor root = open_root();
    if (fstatvfs(root.get(), &status) != 0) {
      throw system_error("The data root could not be looked at", errno);
    }
    DiskFigures usage;
    usage.total = status.f_blocks * status.f_frsize;
    usage.used = (status.f_blocks - status.f_bfree) * status.f_frsize;
    usage.available = status.f_bavail * status.f_frsize;
    usage.metadata_tight = metadata_tight(root.get());
    return usage;
  }

  [[nodiscard]] std::filesystem::path absolute(const std::string& path) const override {
    check_volume_path(path);
    return root_ / path;
  }

 private:
  /// Anew for each call: the file system may be mounted, or gone, at any time.
  Descriptor open_root() const {
    Descriptor root(open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct statfs status {};
    if (!root || fstatfs(root.get(), &status) != 0 ||
        static_cast<std::uint64_t>(status.f_type) != BTRFS_SUPER_MAGIC) {
      throw Error(Code::unavailable, "NotBtrfs",
                  fmt::format("There is no btrfs file system at {}. Make one in a file with "
                              "'townctl host init --image SIZE', or on a disk with 'townctl host "
                              "init --disk DEVICE --claim SERIAL'.",
                              root_.string()));
    }
    return root;
  }

  static Descriptor open_subvolume(int root, const std::string& path) {
    check_volume_path(path);
    Descriptor opened = open_beneath(root, path, O_RDONLY | O_DIRECTORY);
    if (!opened && errno != ENOENT && errno != ENOTDIR && errno != ELOOP) {
      throw system_error(fmt::format("'{}' could not be opened", path), errno);
    }
    if (!opened || !is_subvolume(opened.get())) throw no_subvolume(path);
    return opened;
  }

  /// Nothing where it has just vanished, or lies on another mount.
  static std::optional<Subvolume> look_at(int root, std::string path, const SubvolumeInfo& info) {
    const Descriptor top = open_beneath(root, path, O_RDONLY | O_DIRECTORY);
    struct stat status {};
    if (!top || fstat(top.get(), &status) != 0) return std::nullopt;
    Subvolume subvolume;
    subvolume.path = std::move(path);
    subvolume.uuid = info.uuid;
    subvolume.id = volume_mark(top.get(), info.uuid);
    subvolume.uid = status.st_uid;
    subvolume.gid = status.st_gid;
    subvolume.read_only = info.read_only;
    return subvolume;
  }

  /// True where the volume with this id is at `path`; throws where something else is.
  static bool is_there(int root, const std::string& path, const std::string& id) {
    const Descriptor top = open_beneath(root, path, O_RDONLY | O_DIRECTORY);
    if (!top && errno == ENOENT) return false;
    if (!top && errno != ENOTDIR && errno != ELOOP && errno != EXDEV) {
      throw system_error(fmt::format("'{}' could not be opened", path), errno);
    }
    if (!top || !is_subvolume(top.get())) throw path_taken(path);
    if (volume_mark(top.get(), subvolume_info(top.get()).uuid) != id) throw path_taken(path);
    return true;
  }

  /// Marked while it is empty: one that holds as much as it may takes no mark any more.
  void make_staged(int root, int staging, const std::string& id, std::uint64_t quota,
                   const FileOwner& owner) {
    remove_staged(root, staging, id);
    const Descriptor made = create_subvolume(staging, id);
    if (fchmod(made.get(), 0755) != 0 ||
        fchown(made.get(), owner.uid.value_or(0), owner.gid.value_or(0)) != 0) {
      throw system_error("The owner of a new volume could not be set", errno);
    }
    mark_volume(made.get(), id);
    set_limit(root, subvolume_info(made.get()).id, quota);
  }

  /// Marks and limits what was made in staging, and puts it in its place. In this order: a copy
  /// that holds more than it may takes no mark any more.
  static void finish(int root, int staging, int made, const std::string& path,
                     const std::string& id, std::uint64_t quota) {
    mark_volume(made, id);
    set_limit(root, subvolume_info(made).id, quota);
    rename_to(staging, id, root, path);
  }

  static void rename_to(int from, const std::string& name, int root, const std::string& to) {
    const Descriptor target = make_directories(root, parent_of(to));
    if (renameat2(from, name.c_str(), target.get(), leaf_of(to).c_str(), RENAME_NOREPLACE) == 0) {
      return;
    }
    if (errno == EEXIST) throw path_taken(to);
    throw system_error(fmt::format("'{}' could not be put in its place", to), errno);
  }

  /// Up to, and without, the root directory that the path begins with.
  static void remove_empty_parents(int root, const std::string& path) {
    for (std::string at = parent_of(path); !parent_of(at).empty(); at = parent_of(at)) {
      const Descriptor directory = open_beneath(root, at, O_RDONLY | O_DIRECTORY);
      // rmdir() would delete an empty subvolume as well.
      if (!directory || is_subvolume(directory.get())) return;
      const Descriptor above = open_beneath(root, parent_of(at), O_RDONLY | O_DIRECTORY);
      if (!above || unlinkat(above.get(), leaf_of(at).c_str(), AT_REMOVEDIR) != 0) return;
    }
  }

  /// The subvolume and those below it, from the innermost.
  void destroy_tree(int root, Descriptor doomed) {
    const SubvolumeInfo top = subvolume_info(doomed.get());
    auto nested = subvolumes_below(root, top.id);
    // Nothing can be deleted from within a read-only subvolume.
    if (!nested.empty() && top.read_only) set_read_only(doomed.get(), false);
    for (const auto& info : nested) {
      if (!info.read_only) continue;
      const Descriptor inner = open_beneath(doomed.get(), info.path, O_RDONLY | O_DIRECTORY);
      if (inner && is_subvolume(inner.get())) set_read_only(inner.get(), false);
    }
    doomed.reset();
    for (auto it = nested.rbegin(); it != nested.rend(); ++it) delete_with_qgroup(root, it->id);
    delete_with_qgroup(root, top.id);
  }

  void delete_with_qgroup(int root, std::uint64_t id) {
    delete_subvolume(root, id);
    stale_.insert(id);
  }

  /// The oldest ones, up to a few more than one removal adds; what is still busy waits.
  void destroy_qgroups(int root) {
    for (int i = 0; i < kQgroupsAtOnce && !stale_.empty(); ++i) {
      if (!destroy_qgroup(root, *stale_.begin())) return;
      stale_.erase(stale_.begin());
    }
  }

  /// What a crash left of the making of this id.
  void remove_staged(int root, int staging, const std::string& name) {
    Descriptor left = open_beneath(staging, name, O_RDONLY | O_DIRECTORY);
    if (left && is_subvolume(left.get())) destroy_tree(root, std::move(left));
  }

  void sweep_staging(int root, int staging) {
    std::vector<std::string> names;
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(fdopendir(dup(staging)), closedir);
    if (!directory) throw system_error("The staging directory could not be read", errno);
    while (const dirent* entry = readdir(directory.get())) {
      const std::string name = entry->d_name;
      if (name != "." && name != "..") names.push_back(name);
    }
    for (const auto& name : names) remove_staged(root, staging, name);
  }

  static void sweep_qgroups(int root) {
    destroy_stale_qgroups(root, [root] {
      const auto ids = all_subvolume_ids(root);
      return std::set<std::uint64_t>(ids.begin(), ids.end());
    });
  }

  const std::filesystem::path root_;
  /// Held while the tree of directories changes: nobody makes a parent that another removes, and no
  /// half-made subvolume is swept.
  std::mutex layout_;
  std::set<std::uint64_t> stale_;  // deleted subvolumes whose qgroups are left; under layout_
};

}  // namespace

std::unique_ptr<Btrfs> make_btrfs(const std::filesystem::path& root) {
  return std::make_unique<RealBtrfs>(root);
}

}  // namespace town

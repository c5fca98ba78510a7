#include <fmt/format.h>

#include "controllers/drivers/btrfs_path.h"
#include "controllers/drivers/memory_state.h"
#include "state/error.h"

namespace town {
namespace {

bool below(const std::string& path, const std::string& parent) {
  return path.size() > parent.size() && path.starts_with(parent) && path[parent.size()] == '/';
}

/// Something is there: a subvolume, or a directory that holds one.
bool taken(const MemoryMachine::State& state, const std::string& path) {
  const auto found = state.subvolumes.lower_bound(path);
  for (auto it = found; it != state.subvolumes.end() && it->first.starts_with(path); ++it) {
    if (it->first == path || below(it->first, path)) return true;
  }
  return false;
}

class MemoryBtrfs final : public Btrfs {
 public:
  explicit MemoryBtrfs(std::shared_ptr<MemoryMachine::State> state) : state_(std::move(state)) {}

  void prepare() override {
    state_->call("btrfs.prepare");
    const std::lock_guard lock(state_->mutex);
    state_->staged.clear();
  }

  std::vector<Subvolume> list() override {
    const std::lock_guard lock(state_->mutex);
    std::vector<Subvolume> result;
    for (const auto& [path, subvolume] : state_->subvolumes) result.push_back(subvolume);
    return result;
  }

  void create(const std::string& path, const std::string& id, std::uint64_t quota,
              std::optional<std::uint32_t> uid, std::optional<std::uint32_t> gid) override {
    check_volume_path(path);
    state_->call("btrfs.create " + path);
    const std::lock_guard lock(state_->mutex);
    const auto found = state_->subvolumes.find(path);
    if (found != state_->subvolumes.end() && found->second.id == id) return;
    if (taken(*state_, path)) throw path_taken(path);
    Subvolume subvolume;
    subvolume.quota = quota;
    subvolume.uid = uid.value_or(0);
    subvolume.gid = gid.value_or(0);
    add(path, id, std::move(subvolume));
  }

  std::string stage(const std::string& id, std::uint64_t quota, std::optional<std::uint32_t> uid,
                    std::optional<std::uint32_t> gid) override {
    state_->call("btrfs.stage " + id);
    const std::lock_guard lock(state_->mutex);
    Subvolume subvolume;
    subvolume.quota = quota;
    subvolume.uid = uid.value_or(0);
    subvolume.gid = gid.value_or(0);
    state_->staged.insert_or_assign(id, StagedVolume{std::move(subvolume), {}});
    return "town/staging/" + id;
  }

  void place(const std::string& id, const std::string& path) override {
    check_volume_path(path);
    state_->call("btrfs.place " + path);
    const std::lock_guard lock(state_->mutex);
    const auto staged = state_->staged.find(id);
    if (staged == state_->staged.end()) throw no_subvolume("town/staging/" + id);
    if (taken(*state_, path)) throw path_taken(path);
    add(path, id, std::move(staged->second.subvolume));
    state_->volume_files[at(path).uuid] = std::move(staged->second.files);
    state_->staged.erase(staged);
  }

  void discard(const std::string& id) override {
    state_->call("btrfs.discard " + id);
    const std::lock_guard lock(state_->mutex);
    state_->staged.erase(id);
  }

  void set_quota(const std::string& path, std::uint64_t quota) override {
    state_->call("btrfs.set_quota " + path);
    const std::lock_guard lock(state_->mutex);
    at(path).quota = quota;
  }

  void set_owner(const std::string& path, std::uint32_t uid, std::uint32_t gid) override {
    state_->call("btrfs.set_owner " + path);
    const std::lock_guard lock(state_->mutex);
    auto& subvolume = at(path);
    subvolume.uid = uid;
    subvolume.gid = gid;
  }

  void move(const std::string& from, const std::string& to) override {
    check_volume_path(to);
    state_->call("btrfs.move " + from);
    state_->with_lock([&] { move_subvolume(*state_, from, to); });
  }

  void destroy(const std::string& path) override {
    check_volume_path(path);
    state_->call("btrfs.destroy " + path);
    const std::lock_guard lock(state_->mutex);
    if (!state_->subvolumes.contains(path)) return;
    std::erase_if(state_->subvolumes,
                  [&](const auto& item) { return item.first == path || below(item.first, path); });
  }

  void snapshot(const std::string& from, const std::string& to, const std::string& id,
                std::uint64_t quota, bool read_only) override {
    check_volume_path(to);
    state_->call("btrfs.snapshot " + from);
    const std::lock_guard lock(state_->mutex);
    Subvolume copy = at(from);
    const auto found = state_->subvolumes.find(to);
    if (found != state_->subvolumes.end() && found->second.id == id) return;
    if (taken(*state_, to)) throw path_taken(to);
    copy.quota = quota;
    copy.read_only = read_only;
    auto files = state_->volume_files[copy.uuid];
    add(to, id, std::move(copy));
    state_->volume_files[at(to).uuid] = std::move(files);
  }

  std::vector<std::string> missing_files(const std::string& path,
                                         const std::vector<std::string>& files) override {
    check_volume_path(path);
    for (const auto& file : files) check_volume_path(file);
    const std::lock_guard lock(state_->mutex);
    const auto found = state_->subvolumes.find(path);
    if (found == state_->subvolumes.end()) return files;
    std::vector<std::string> missing;
    for (const auto& file : files) {
      if (!state_->volume_files[found->second.uuid].contains(file)) missing.push_back(file);
    }
    return missing;
  }

  void write_file(const std::string& path, const std::string& file, const std::string& text,
                  std::optional<std::uint32_t>, std::optional<std::uint32_t>) override {
    check_volume_path(path);
    check_volume_path(file);
    state_->call("btrfs.write_file " + path + "/" + file);
    const std::lock_guard lock(state_->mutex);
    auto& files = state_->volume_files[at(path).uuid];
    const bool below_a_file = std::any_of(
        files.begin(), files.end(), [&](const auto& other) { return below(file, other.first); });
    if (below_a_file) throw path_taken(file);
    files.emplace(file, text);
  }

  DiskFigures usage() override {
    return state_->with_lock([&] { return state_->disk_usage(); });
  }

  [[nodiscard]] std::filesystem::path absolute(const std::string& path) const override {
    check_volume_path(path);
    return state_->root / path;
  }

 private:
  Subvolume& at(const std::string& path) {
    const auto found = state_->subvolumes.find(path);
    if (found == state_->subvolumes.end()) throw no_subvolume(path);
    return found->second;
  }

  void add(const std::string& path, const std::string& id, Subvolume subvolume) {
    subvolume.path = path;
    subvolume.id = id;
    subvolume.uuid = state_->next_id(32);
    state_->subvolumes[path] = std::move(subvolume);
  }

  std::shared_ptr<MemoryMachine::State> state_;
};

}  // namespace

void move_subvolume(MemoryMachine::State& state, const std::string& from, const std::string& to) {
  if (!state.subvolumes.contains(from)) throw no_subvolume(from);
  if (below(to, from)) throw moved_into_itself(from);
  if (taken(state, to)) throw path_taken(to);
  std::map<std::string, Subvolume> moved;
  for (auto it = state.subvolumes.begin(); it != state.subvolumes.end();) {
    if (it->first != from && !below(it->first, from)) {
      ++it;
      continue;
    }
    Subvolume subvolume = std::move(it->second);
    subvolume.path = to + subvolume.path.substr(from.size());
    moved.emplace(subvolume.path, std::move(subvolume));
    it = state.subvolumes.erase(it);
  }
  state.subvolumes.merge(moved);
}

std::unique_ptr<Btrfs> make_memory_btrfs(std::shared_ptr<MemoryMachine::State> state) {
  return std::make_unique<MemoryBtrfs>(std::move(state));
}

}  // namespace town

#include "controllers/drivers/seeds.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>

#include "controllers/drivers/beneath.h"
#include "controllers/drivers/podman_copy.h"
#include "controllers/drivers/system_error.h"
#include "controllers/drivers/unpack.h"
#include "engine/git/git.h"

namespace town {
namespace {

using std::chrono::steady_clock;

/// Default of the setting archive_unpack_timeout.
constexpr std::chrono::minutes kArchiveDeadline{10};
constexpr std::chrono::minutes kGitDeadline{5};  // package format 3.6
constexpr std::chrono::minutes kImageDeadline{30};
constexpr const char* kArchives = "archives";
/// Containers that files are copied from bear it; no app's can: theirs begin otherwise.
constexpr std::string_view kCopyName = "town-os-seed--";

Descriptor open_directory(const std::filesystem::path& path) {
  Descriptor directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (!directory) throw system_error(fmt::format("{} could not be opened", path.string()), errno);
  return directory;
}

bool is_empty(int directory) {
  const Descriptor again = open_beneath(directory, "", O_RDONLY | O_DIRECTORY);
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(fdopendir(dup(again.get())), closedir);
  if (!again || !entries) throw system_error("The new volume could not be read", errno);
  while (const dirent* entry = readdir(entries.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") return false;
  }
  return true;
}

class RealSeeds final : public Seeds {
 public:
  RealSeeds(Btrfs& btrfs, Podman& podman) : btrfs_(btrfs), podman_(podman) {}

  void prepare() override {
    std::vector<std::string> left;
    for (const auto& name : podman_.container_names()) {
      if (name.starts_with(kCopyName)) left.push_back(name);
    }
    remove_copies(left, {});
  }

  bool fill(const std::string& id, const std::string& staged, const SeedSpec& seed,
            const FileOwner& owner, const std::function<void(const std::string&)>& progress,
            const std::stop_token& stop) override {
    const auto path = btrfs_.absolute(staged);
    const auto top = open_directory(path);
    if (seed.from == "archive") {
      from_archive(top.get(), seed, owner, progress, stop);
    } else if (seed.from == "image") {
      from_image(id, top.get(), seed, owner, progress, stop);
    } else if (seed.from == "git") {
      from_git(path, seed, owner, progress, stop);
    } else {
      throw Error(Code::internal, "UnknownSeed", "volumes cannot be filled from " + seed.from);
    }
    return !is_empty(top.get());
  }

 private:
  void from_archive(int top, const SeedSpec& seed, const FileOwner& owner,
                    const std::function<void(const std::string&)>& progress,
                    const std::stop_token& stop) {
    const auto directory = open_directory(btrfs_.absolute(kArchives));
    const auto file = open_beneath(directory.get(), seed.source, O_RDONLY | O_NONBLOCK);
    struct stat status {};
    if (!file || fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
      throw Error(Code::not_found, "ArchiveMissing",
                  fmt::format("There is no archive {} on the box to fill the volume from: put it "
                              "into {} and this goes on by itself",
                              seed.source, btrfs_.absolute(kArchives).string()));
    }
    UnpackOptions options;
    options.name = "the archive " + seed.source;
    options.owner = owner;
    options.deadline = steady_clock::now() + kArchiveDeadline;
    unpack(file.get(), top, options, progress, stop);
  }

  /// What links mean in there is the image's own root, so they may lead out of the directory.
  void from_image(const std::string& id, int top, const SeedSpec& seed, const FileOwner& owner,
                  const std::function<void(const std::string&)>& progress,
                  const std::stop_token& stop) {
    podman_.pull(seed.source, progress, stop);
    UnpackOptions options;
    options.name = fmt::format("{} of image {}", seed.directory, seed.source);
    options.owner = owner;
    options.outward_links = true;
    options.top = true;
    options.deadline = steady_clock::now() + kImageDeadline;
    const auto read = [&](int source) { unpack(source, top, options, {}, stop); };
    if (progress) progress("copying " + options.name);
    copy_from_image(seed.source, seed.directory, std::string(kCopyName) + id, read, stop);
  }

  void from_git(const std::filesystem::path& path, const SeedSpec& seed, const FileOwner& owner,
                const std::function<void(const std::string&)>& progress,
                const std::stop_token& stop) {
    if (progress) progress("cloning " + seed.source);
    const GitRemote remote{seed.source, seed.username, seed.password};
    git_.checkout(path, remote, seed.branch, {steady_clock::now() + kGitDeadline, stop});
    if (owner.uid && owner.gid) own_all(open_directory(path), *owner.uid, *owner.gid);
  }

  /// A directory and all that is in it; links themselves, and not what they lead to.
  static void own_all(Descriptor directory, std::uint32_t uid, std::uint32_t gid) {
    const int fd = directory.get();
    const std::unique_ptr<DIR, int (*)(DIR*)> entries(fdopendir(directory.release()), closedir);
    if (!entries) throw system_error("A directory of the clone could not be read", errno);
    while (const dirent* entry = readdir(entries.get())) {
      const std::string name = entry->d_name;
      if (name == "." || name == "..") continue;
      if (fchownat(fd, name.c_str(), uid, gid, AT_SYMLINK_NOFOLLOW) != 0) {
        throw system_error("The owner of a file of the clone could not be set", errno);
      }
      auto below = open_beneath(fd, name, O_RDONLY | O_DIRECTORY);
      if (below) own_all(std::move(below), uid, gid);
    }
  }

  Btrfs& btrfs_;
  Podman& podman_;
  Git git_;
};

}  // namespace

std::unique_ptr<Seeds> make_seeds(Btrfs& btrfs, Podman& podman) {
  return std::make_unique<RealSeeds>(btrfs, podman);
}

}  // namespace town

// Git over libgit2: asks remotes for their tip, keeps bare clones, reads the files of a commit.
// This folder is the only one that includes libgit2. Any thread may call any of it; one clone
// belongs to one thread at a time.
//
// The clones that we keep are bare and ours alone: nothing is checked out, so there are no links to
// follow, no hooks, filters or submodules to run, and no dirty work tree to stash and re-apply
// (package format 1.3 says that of work trees; we have none). checkout() makes clones for others.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "state/error.h"
#include "state/secret.h"

namespace town {

/// Where a repository comes from.
struct GitRemote {
  std::string url;  ///< without credentials
  std::string username;
  Secret password;
};

/// When an operation gives up.
struct GitLimits {
  std::chrono::steady_clock::time_point deadline;
  std::stop_token stop;
};

struct GitFetched {
  std::optional<std::string> commit;  ///< hex; none where the remote has no commit yet
  bool changed = false;               ///< the clone's head moved
  std::uint64_t received = 0;         ///< bytes of pack; 0: only the tip was asked for
};

/// Failures of the calls below are Error{remote} with one of the reasons RepositoryNotFound,
/// RepositoryDenied, RepositoryUnreachable,
/// RepositoryTimedOut, RepositoryTooLarge and RepositoryFailed, and a sentence that names the URL
/// without credentials; Error{unavailable} with reason Stopping where `stop` was asked for;
/// Error{internal} with reason CloneFailed where our own disk is at fault; and InvalidInput for a
/// URL that parse_repository_url refuses.
class Git {
 public:
  /// Sets libgit2 up, once however many of these there are: bounds on what a remote may send, and
  /// sockets that end at the deadline.
  Git();
  Git(const Git&) = delete;
  Git& operator=(const Git&) = delete;
  ~Git();

  /// The commit that the remote's HEAD is at; none where it has no commit yet.
  std::optional<std::string> tip(const GitRemote& remote, const GitLimits& limits);

  /// Brings the bare clone at `directory` to the remote's HEAD, whatever its history (force-pushes
  /// too). Asks for the tip first and fetches only if it moved. A clone that is not there, or is
  /// damaged, is made anew, as `directory`.new first and then renamed: what is at `directory` is
  /// always whole. The last good state stays on any failure.
  GitFetched fetch(const std::filesystem::path& directory, const GitRemote& remote,
                   const GitLimits& limits);

  /// Clones `branch` (or a tag of that name; empty: the remote's default branch) with its work tree
  /// into the empty `directory`, which is half full after a failure. No credentials are left in it;
  /// submodules stay empty; nothing that the repository brings along is run. Besides the failures
  /// above: Error{remote, RepositoryUnsafe} for a link that leads out of the tree, before any file
  /// is written; RepositoryTooLarge also for a file of more than 128 MB; Error{unavailable} with
  /// reason DiskFull or QuotaExceeded.
  void checkout(const std::filesystem::path& directory, const GitRemote& remote,
                const std::string& branch, const GitLimits& limits);
};

/// The files of the commit that a clone is at. Belongs to one thread. Reading throws
/// Error{internal} (reason CloneDamaged) where the clone cannot be read.
class GitTree {
 public:
  struct Entry {
    enum class Type : std::uint8_t { file, folder, other };  ///< links and submodules are `other`
    std::string name;
    std::string id;  ///< of the object, hex
    Type type{};
  };

  /// The commit that `directory` is at; null where there is no clone, or no commit in it.
  static std::unique_ptr<GitTree> open(const std::filesystem::path& directory);

  struct Impl;
  explicit GitTree(std::unique_ptr<Impl> impl);
  GitTree(const GitTree&) = delete;
  GitTree& operator=(const GitTree&) = delete;
  ~GitTree();

  [[nodiscard]] const std::string& commit() const;

  /// The root's entries, or those of a folder; in git's order, by name.
  [[nodiscard]] std::vector<Entry> root() const;
  [[nodiscard]] std::vector<Entry> entries(const Entry& folder) const;

  /// Bytes of a file, from the object's header: a hostile one is measured before it is read.
  [[nodiscard]] std::uint64_t size(const Entry& file) const;
  [[nodiscard]] std::string read(const Entry& file) const;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace town

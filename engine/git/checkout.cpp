// Git::checkout: a clone with a work tree, for somebody else to use.
#include <fmt/format.h>
#include <git2.h>

#include <cstring>
#include <set>

#include "engine/git/connection.h"
#include "engine/git/git.h"
#include "engine/git/handles.h"
#include "engine/links.h"

namespace town {
namespace {

// libgit2 holds a file in memory as a whole while it writes it out.
constexpr std::size_t kLargestFile = 128UL << 20U;
constexpr std::size_t kMostFiles = 1'000'000;
constexpr std::size_t kLongestTarget = 4'000;
constexpr int kDeepest = 200;
constexpr const char* kDetached = "refs/town/head";

/// What is to be fetched, as the remote calls it, and what it is called here.
struct Wanted {
  std::string there;
  std::string here;
  std::string branch;  ///< the local one; empty: HEAD is detached
};

Wanted wanted_branch(const std::string& branch) {
  return {"refs/heads/" + branch, "refs/remotes/origin/" + branch, branch};
}

/// The remote's heads; those that it advertises first is HEAD.
std::optional<Wanted> choose(git_remote& origin, const std::string& branch,
                             Connection& connection) {
  const git_remote_head** heads = nullptr;
  std::size_t count = 0;
  connection.check(git_remote_ls(&heads, &count, &origin));
  for (std::size_t at = 0; at < count; ++at) {
    const std::string name = heads[at]->name;
    if (branch.empty()) {
      if (name != "HEAD") continue;
      const std::string target = heads[at]->symref_target ? heads[at]->symref_target : "";
      constexpr std::string_view kHeads = "refs/heads/";
      if (target.starts_with(kHeads)) return wanted_branch(target.substr(kHeads.size()));
      return Wanted{"HEAD", kDetached, ""};
    }
    if (name == "refs/heads/" + branch) return wanted_branch(branch);
    if (name == "refs/tags/" + branch) return Wanted{name, name, ""};
  }
  return std::nullopt;
}

[[noreturn]] void refuse(Connection& connection, const std::string& reason,
                         const std::string& sentence) {
  connection.fail(reason, sentence);
  connection.check(GIT_EUSER);
  throw Error(Code::internal, "CloneFailed", "not reached");
}

/// Judges all that would be written, before anything is: see Git::checkout.
class Judge {
 public:
  Judge(git_repository& repository, Connection& connection)
      : repository_(repository), connection_(connection) {
    git_odb* objects = nullptr;
    connection.check(git_repository_odb(&objects, &repository));
    objects_.reset(objects);
  }

  void tree(const git_tree& tree, const std::string& path, int depth) {
    if (depth > kDeepest)
      refuse(connection_, "RepositoryTooLarge", "has too many folders in folders");
    std::set<std::string> names;
    const std::size_t count = git_tree_entrycount(&tree);
    for (std::size_t at = 0; at < count; ++at) {
      const auto* entry = git_tree_entry_byindex(&tree, at);
      const std::string name = git_tree_entry_name(entry);
      if (!names.insert(name).second) {
        refuse(connection_, "RepositoryUnsafe", fmt::format("holds two files called {}", name));
      }
      if (++files_ > kMostFiles || connection_.over()) {
        refuse(connection_, "RepositoryTooLarge", "holds too many files");
      }
      this->entry(*entry, path + name, depth);
    }
  }

 private:
  void entry(const git_tree_entry& entry, const std::string& path, int depth) {
    const auto mode = git_tree_entry_filemode(&entry);
    if (mode == GIT_FILEMODE_TREE) {
      git_tree* below = nullptr;
      connection_.check(git_tree_lookup(&below, &repository_, git_tree_entry_id(&entry)));
      const Handle<git_tree> held(below);
      return tree(*held, path + "/", depth + 1);
    }
    if (mode == GIT_FILEMODE_COMMIT) return;  // a submodule: an empty folder
    std::size_t size = 0;
    git_object_t type{};
    connection_.check(git_odb_read_header(&size, &type, objects_.get(), git_tree_entry_id(&entry)));
    if (size > kLargestFile) {
      refuse(connection_, "RepositoryTooLarge",
             fmt::format("holds a file of more than {} MB: {}", kLargestFile >> 20U, path));
    }
    if (mode == GIT_FILEMODE_LINK) link(entry, path, size);
  }

  void link(const git_tree_entry& entry, const std::string& path, std::size_t size) {
    git_blob* blob = nullptr;
    if (size <= kLongestTarget) {
      connection_.check(git_blob_lookup(&blob, &repository_, git_tree_entry_id(&entry)));
    }
    const Handle<git_blob> held(blob);
    const bool fine =
        held && !leads_out(path, {static_cast<const char*>(git_blob_rawcontent(held.get())), size});
    if (!fine) {
      refuse(connection_, "RepositoryUnsafe",
             fmt::format("holds a link that leads out of it: {}", path));
    }
  }

  git_repository& repository_;
  Connection& connection_;
  Handle<git_odb> objects_;
  std::size_t files_ = 0;
};

Handle<git_repository> make_repository(const std::filesystem::path& directory) {
  git_repository* made = nullptr;
  if (git_repository_init(&made, directory.c_str(), 0) < 0) {
    throw Error(Code::internal, "CloneFailed",
                fmt::format("cannot make a clone in {}: {}", directory.string(),
                            git_error_last()->message));
  }
  return Handle<git_repository>(made);
}

Handle<git_commit> fetched_commit(git_repository& repository, const Wanted& wanted,
                                  Connection& connection) {
  git_object* object = nullptr;
  connection.check(git_revparse_single(&object, &repository, (wanted.here + "^{commit}").c_str()));
  return Handle<git_commit>(reinterpret_cast<git_commit*>(object));
}

void write_files(git_repository& repository, const git_commit& commit, Connection& connection) {
  git_checkout_options options = GIT_CHECKOUT_OPTIONS_INIT;
  options.checkout_strategy = GIT_CHECKOUT_FORCE;
  options.notify_flags = GIT_CHECKOUT_NOTIFY_UPDATED;
  options.notify_payload = &connection;
  options.notify_cb = [](git_checkout_notify_t, const char*, const git_diff_file*,
                         const git_diff_file*, const git_diff_file*, void* self) {
    return static_cast<Connection*>(self)->over() ? static_cast<int>(GIT_EUSER) : 0;
  };
  connection.check(
      git_checkout_tree(&repository, reinterpret_cast<const git_object*>(&commit), &options));
}

void set_head(git_repository& repository, const Wanted& wanted, const git_commit& commit,
              Connection& connection) {
  if (wanted.branch.empty()) {
    return connection.check(git_repository_set_head_detached(&repository, git_commit_id(&commit)));
  }
  git_reference* made = nullptr;
  connection.check(git_branch_create(&made, &repository, wanted.branch.c_str(), &commit, 1));
  const Handle<git_reference> branch(made);
  connection.check(git_branch_set_upstream(branch.get(), ("origin/" + wanted.branch).c_str()));
  connection.check(git_repository_set_head(&repository, git_reference_name(branch.get())));
}

/// A full disk or volume is not the remote's fault, and there is something to do about it.
[[noreturn]] void rethrow_full(const Error& error) {
  const std::string_view text = error.what();
  if (text.find(std::strerror(EDQUOT)) !=
      std::string_view::npos) {  // NOLINT(concurrency-mt-unsafe)
    throw Error(Code::unavailable, "QuotaExceeded",
                "The repository does not fit into its volume: raise the quota.");
  }
  if (text.find(std::strerror(ENOSPC)) !=
      std::string_view::npos) {  // NOLINT(concurrency-mt-unsafe)
    throw Error(Code::unavailable, "DiskFull",
                "There is no room for the repository: remove something, or make the disk larger.");
  }
  throw error;
}

}  // namespace

void Git::checkout(const std::filesystem::path& directory, const GitRemote& remote,
                   const std::string& branch, const GitLimits& limits) {
  Connection connection(remote, limits);
  const auto repository = make_repository(directory);
  git_remote* made = nullptr;
  connection.check(git_remote_create(&made, repository.get(), "origin",
                                     connection.url().url_without_credentials.c_str()));
  const Handle<git_remote> origin(made);
  connection.connect(*origin);
  const auto wanted = choose(*origin, branch, connection);
  if (!wanted) {
    refuse(connection, "RepositoryFailed",
           branch.empty() ? "has no commits yet" : "has no branch called " + branch);
  }
  try {
    connection.fetch(*origin, fmt::format("+{}:{}", wanted->there, wanted->here));
    const auto commit = fetched_commit(*repository, *wanted, connection);
    git_tree* tree = nullptr;
    connection.check(git_commit_tree(&tree, commit.get()));
    const Handle<git_tree> held(tree);
    Judge(*repository, connection).tree(*held, "", 0);
    write_files(*repository, *commit, connection);
    set_head(*repository, *wanted, *commit, connection);
  } catch (const Error& error) {
    rethrow_full(error);
  }
}

}  // namespace town

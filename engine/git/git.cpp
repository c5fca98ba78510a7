#include "engine/git/git.h"

#include <fmt/format.h>
#include <git2.h>

#include <algorithm>
#include <mutex>
#include <system_error>

#include "engine/git/connection.h"
#include "engine/git/handles.h"
#include "engine/git/socket.h"

namespace town {

namespace {

// Bounds on one pack, so that a few hostile kilobytes cannot unfold into gigabytes of memory. The
// second is for objects stored as deltas, which are put together in memory; others go by in pieces.
constexpr std::size_t kMostObjects = 1'000'000;
constexpr std::size_t kLargestObject = 32UL << 20U;
// Every fetch leaves a pack and libgit2 never merges them; a new clone does.
constexpr std::ptrdiff_t kMostPacks = 20;
constexpr const char* kHead = "refs/town/head";

void set_up_library() {
  git_libgit2_opts(GIT_OPT_SET_PACK_MAX_OBJECTS, kMostObjects);
  git_libgit2_opts(GIT_OPT_SET_PACK_MAX_OBJECT_SIZE, kLargestObject);
  // file:// may lead to any account's repository: nothing in it is ever run, so it need not be
  // ours.
  git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
  register_sockets();
}

std::string hex(const git_oid& id) {
  std::string text(GIT_OID_HEXSZ, '0');
  git_oid_fmt(text.data(), &id);
  return text;
}

Handle<git_repository> open_bare(const std::filesystem::path& directory) {
  git_repository* repository = nullptr;
  if (git_repository_open_bare(&repository, directory.c_str()) < 0) return nullptr;
  return Handle<git_repository>(repository);
}

struct Commit {
  std::string id;
  Handle<git_tree> tree;
};

std::optional<Commit> head_of(git_repository& repository) {
  git_oid id;
  git_commit* commit = nullptr;
  git_tree* tree = nullptr;
  if (git_reference_name_to_id(&id, &repository, kHead) < 0 ||
      git_commit_lookup(&commit, &repository, &id) < 0) {
    return std::nullopt;
  }
  const Handle<git_commit> held(commit);
  if (git_commit_tree(&tree, commit) < 0) return std::nullopt;
  return Commit{hex(id), Handle<git_tree>(tree)};
}

// Servers list HEAD first, whether it is a branch or detached.
std::optional<std::string> list_tip(git_remote& origin, Connection& connection) {
  const git_remote_head** heads = nullptr;
  std::size_t count = 0;
  connection.check(git_remote_ls(&heads, &count, &origin));
  for (std::size_t at = 0; at < count; ++at) {
    if (std::string_view(heads[at]->name) == "HEAD") return hex(heads[at]->oid);
  }
  if (count == 0) return std::nullopt;
  connection.fail("RepositoryFailed", "has branches, but its default branch does not exist");
  connection.check(GIT_EUSER);
  return std::nullopt;
}

std::ptrdiff_t count_packs(const std::filesystem::path& directory) {
  std::error_code ignored;  // unreadable: no packs to count, and the fetch will say why
  const std::filesystem::directory_iterator files(directory / "objects" / "pack", ignored);
  return std::count_if(begin(files), end(files),
                       [](const auto& file) { return file.path().extension() == ".pack"; });
}

// Brings `repository` to the tip, unless it is there.
GitFetched update(git_repository& repository, Connection& connection) {
  git_remote* made = nullptr;
  connection.check(git_remote_create_anonymous(&made, &repository,
                                               connection.url().url_without_credentials.c_str()));
  const Handle<git_remote> origin(made);
  connection.connect(*origin);
  GitFetched fetched;
  fetched.commit = list_tip(*origin, connection);
  const auto before = head_of(repository);
  if (before && !fetched.commit) {  // most likely an accident there: keep what we have
    connection.fail("RepositoryFailed", "has no commits any more");
    connection.check(GIT_EUSER);
  }
  fetched.changed = fetched.commit && (!before || before->id != *fetched.commit);
  if (!fetched.changed) return fetched;
  connection.fetch(*origin, fmt::format("+HEAD:{}", kHead));
  const auto after = head_of(repository);
  if (!after) {
    connection.fail("RepositoryFailed", "sent a commit that cannot be read");
    connection.check(GIT_EUSER);
  }
  fetched.commit = after->id;
  fetched.received = connection.received();
  return fetched;
}

GitFetched clone_anew(const std::filesystem::path& directory, const std::filesystem::path& beside,
                      Connection& connection) {
  std::filesystem::remove_all(beside);
  git_repository* made = nullptr;
  if (git_repository_init(&made, beside.c_str(), 1) < 0) {
    throw Error(
        Code::internal, "CloneFailed",
        fmt::format("cannot make a clone in {}: {}", beside.string(), git_error_last()->message));
  }
  Handle<git_repository> clone(made);
  auto fetched = update(*clone, connection);
  clone.reset();
  std::filesystem::remove_all(directory);
  std::filesystem::rename(beside, directory);
  return fetched;
}

}  // namespace

Git::Git() {
  git_libgit2_init();
  static std::once_flag once;  // the settings are the process's, not this object's
  std::call_once(once, set_up_library);
}

Git::~Git() { git_libgit2_shutdown(); }

std::optional<std::string> Git::tip(const GitRemote& remote, const GitLimits& limits) {
  Connection connection(remote, limits);
  git_remote* made = nullptr;
  connection.check(
      git_remote_create_detached(&made, connection.url().url_without_credentials.c_str()));
  const Handle<git_remote> origin(made);
  connection.connect(*origin);
  return list_tip(*origin, connection);
}

GitFetched Git::fetch(const std::filesystem::path& directory, const GitRemote& remote,
                      const GitLimits& limits) {
  Connection connection(remote, limits);
  if (const auto clone = open_bare(directory);
      clone && head_of(*clone) && count_packs(directory) < kMostPacks) {
    return update(*clone, connection);
  }
  auto beside = directory;
  beside += ".new";
  try {
    return clone_anew(directory, beside, connection);
  } catch (const std::filesystem::filesystem_error& error) {
    throw Error(Code::internal, "CloneFailed", error.what());
  } catch (...) {
    std::error_code ignored;  // the next clone begins by removing it, and says why if it cannot
    std::filesystem::remove_all(beside, ignored);
    throw;
  }
}

struct GitTree::Impl {
  Handle<git_repository> repository;
  Handle<git_odb> objects;
  Commit head;

  [[noreturn]] static void damaged() {
    const git_error* error = git_error_last();
    throw Error(Code::internal, "CloneDamaged",
                fmt::format("the clone cannot be read: {}",
                            error == nullptr ? "no reason given" : error->message));
  }

  static std::vector<Entry> list(const git_tree& tree) {
    std::vector<Entry> entries;
    const std::size_t count = git_tree_entrycount(&tree);
    for (std::size_t at = 0; at < count; ++at) {
      const git_tree_entry* entry = git_tree_entry_byindex(&tree, at);
      const auto mode = git_tree_entry_filemode(entry);
      auto type = Entry::Type::other;
      if (mode == GIT_FILEMODE_TREE) type = Entry::Type::folder;
      if (mode == GIT_FILEMODE_BLOB || mode == GIT_FILEMODE_BLOB_EXECUTABLE) {
        type = Entry::Type::file;
      }
      entries.push_back({git_tree_entry_name(entry), hex(*git_tree_entry_id(entry)), type});
    }
    return entries;
  }

  static git_oid id_of(const Entry& entry) {
    git_oid id;
    if (git_oid_fromstr(&id, entry.id.c_str()) < 0) damaged();
    return id;
  }
};

std::unique_ptr<GitTree> GitTree::open(const std::filesystem::path& directory) {
  auto repository = open_bare(directory);
  if (!repository) return nullptr;
  auto head = head_of(*repository);
  git_odb* objects = nullptr;
  if (!head || git_repository_odb(&objects, repository.get()) < 0) return nullptr;
  return std::make_unique<GitTree>(std::make_unique<Impl>(
      Impl{std::move(repository), Handle<git_odb>(objects), std::move(*head)}));
}

GitTree::GitTree(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
GitTree::~GitTree() = default;

const std::string& GitTree::commit() const { return impl_->head.id; }

std::vector<GitTree::Entry> GitTree::root() const { return Impl::list(*impl_->head.tree); }

std::vector<GitTree::Entry> GitTree::entries(const Entry& folder) const {
  const git_oid id = Impl::id_of(folder);
  git_tree* tree = nullptr;
  if (git_tree_lookup(&tree, impl_->repository.get(), &id) < 0) Impl::damaged();
  return Impl::list(*Handle<git_tree>(tree));
}

std::uint64_t GitTree::size(const Entry& file) const {
  const git_oid id = Impl::id_of(file);
  std::size_t size = 0;
  git_object_t type{};
  if (git_odb_read_header(&size, &type, impl_->objects.get(), &id) < 0) Impl::damaged();
  return size;
}

std::string GitTree::read(const Entry& file) const {
  const git_oid id = Impl::id_of(file);
  git_blob* blob = nullptr;
  if (git_blob_lookup(&blob, impl_->repository.get(), &id) < 0) Impl::damaged();
  const Handle<git_blob> held(blob);
  return {static_cast<const char*>(git_blob_rawcontent(blob)),
          static_cast<std::size_t>(git_blob_rawsize(blob))};
}

}  // namespace town

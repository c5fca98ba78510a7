// Owners of libgit2's objects. Internal to engine/git.
#pragma once

#include <git2.h>

#include <memory>

namespace town {

struct GitFree {
  void operator()(git_repository* object) const { git_repository_free(object); }
  void operator()(git_remote* object) const { git_remote_free(object); }
  void operator()(git_commit* object) const { git_commit_free(object); }
  void operator()(git_tree* object) const { git_tree_free(object); }
  void operator()(git_blob* object) const { git_blob_free(object); }
  void operator()(git_reference* object) const { git_reference_free(object); }
  void operator()(git_odb* object) const { git_odb_free(object); }
};

/// Frees it with the function that libgit2 has for its type.
template <typename T>
using Handle = std::unique_ptr<T, GitFree>;

}  // namespace town

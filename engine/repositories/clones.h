// The clones on disk: one folder each below a directory of ours. Any thread may call it; one clone
// belongs to one thread at a time (Schedule sees to that).
#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <string>

#include "engine/git/git.h"
#include "engine/repositories/catalog.h"

namespace town {

class Clones {
 public:
  /// Makes the directory, readable by us alone: repositories may be private.
  explicit Clones(std::filesystem::path directory);

  /// The name of the clone's folder. Another URL is another clone, so that a new one that turns out
  /// bad does no harm to the old one.
  static std::string id(const std::string& name, const std::string& url);

  /// What lies there, without asking the remote; null where nothing does or it is damaged.
  [[nodiscard]] std::shared_ptr<const RepositoryOffers> load(const std::string& id,
                                                             const std::string& name) const;

  /// Fetches, and reads what came. `previous` itself where it is up to date. A clone that turns out
  /// damaged is made anew, once. Throws as Git::fetch and read_offers do.
  std::shared_ptr<const RepositoryOffers> refresh(
      const std::string& id, const std::string& name, const GitRemote& remote,
      const std::shared_ptr<const RepositoryOffers>& previous, const GitLimits& limits);

  void drop(const std::string& id) const;

  /// Drops everything but these, half-made clones too.
  void sweep(const std::set<std::string>& keep) const;

 private:
  [[nodiscard]] std::filesystem::path path(const std::string& id) const;

  std::filesystem::path directory_;
  Git git_;
};

}  // namespace town

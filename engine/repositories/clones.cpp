#include "engine/repositories/clones.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "engine/repositories/offers.h"
#include "state/digest.h"

namespace town {

namespace {

constexpr std::size_t kDigestLength = 12;

bool is_damage(const Error& error) { return error.reason() == "CloneDamaged"; }

}  // namespace

Clones::Clones(std::filesystem::path directory) : directory_(std::move(directory)) {
  std::filesystem::create_directories(directory_);
  std::filesystem::permissions(directory_, std::filesystem::perms::owner_all);
}

std::string Clones::id(const std::string& name, const std::string& url) {
  return fmt::format("{}-{}", name, short_digest(name + "\n" + url).substr(0, kDigestLength));
}

std::filesystem::path Clones::path(const std::string& id) const { return directory_ / id; }

std::shared_ptr<const RepositoryOffers> Clones::load(const std::string& id,
                                                     const std::string& name) const {
  try {
    const auto tree = GitTree::open(path(id));
    if (!tree) return nullptr;
    return std::make_shared<const RepositoryOffers>(read_offers(*tree, name, nullptr));
  } catch (const Error& error) {
    if (!is_damage(error)) throw;
    spdlog::warn("clone damaged, to be made anew repository={} error={}", name, error.what());
    drop(id);
    return nullptr;
  }
}

std::shared_ptr<const RepositoryOffers> Clones::refresh(
    const std::string& id, const std::string& name, const GitRemote& remote,
    const std::shared_ptr<const RepositoryOffers>& previous, const GitLimits& limits) {
  for (bool again = false;; again = true) {
    const auto fetched = git_.fetch(path(id), remote, limits);
    const auto commit = fetched.commit.value_or("");
    if (previous && previous->commit == commit) return previous;
    try {
      const auto tree = GitTree::open(path(id));
      return std::make_shared<const RepositoryOffers>(
          tree ? read_offers(*tree, name, previous.get()) : no_offers(name));
    } catch (const Error& error) {
      if (again || !is_damage(error)) throw;
      drop(id);
    }
  }
}

void Clones::drop(const std::string& id) const {
  std::filesystem::remove_all(path(id));
  std::filesystem::remove_all(path(id + ".new"));
}

void Clones::sweep(const std::set<std::string>& keep) const {
  for (const auto& folder : std::filesystem::directory_iterator(directory_)) {
    if (!keep.contains(folder.path().filename())) std::filesystem::remove_all(folder.path());
  }
}

}  // namespace town

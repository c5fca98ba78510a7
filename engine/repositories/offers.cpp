#include "engine/repositories/offers.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/package/names.h"
#include "state/digest.h"

namespace town {

namespace {

// Bounds against repositories that mean harm. The public one has 36 files, the largest 20 KB.
constexpr std::uint64_t kLargestFile = 10'000'000;
constexpr std::uint64_t kLargestFeatured = 1'000'000;
constexpr std::uint64_t kLargestSum = 64'000'000;  // all texts are kept in memory
constexpr std::size_t kMostFiles = 20'000;
constexpr std::size_t kMostVersions = 1'000;
constexpr std::size_t kMostWarnings = 100;

constexpr std::string_view kSuffix = ".yaml";

using Entry = GitTree::Entry;

class Reader {
 public:
  Reader(const GitTree& tree, const std::string& repository, const RepositoryOffers* previous);
  RepositoryOffers read();

 private:
  void read_packages(const Entry& packages);
  void read_package(const Entry& package);
  void read_version(const std::string& name, const std::string& version, const Entry& file);
  void read_featured(const Entry& file);
  OfferPtr offer(const std::string& name, const std::string& version, std::string text);
  [[nodiscard]] OfferPtr previous_offer(const std::string& name, const std::string& version) const;
  void warn(const std::string& message);

  const GitTree& tree_;
  const RepositoryOffers* previous_;
  RepositoryOffers offers_;
  std::map<std::string, OfferPtr> known_;  // by digest
  std::size_t files_ = 0;
  std::uint64_t bytes_ = 0;
  std::size_t warnings_ = 0;
};

Reader::Reader(const GitTree& tree, const std::string& repository, const RepositoryOffers* previous)
    : tree_(tree), previous_(previous) {
  offers_.name = repository;
  offers_.commit = tree.commit();
  if (previous == nullptr) return;
  for (const auto& [name, versions] : previous->packages) {
    for (const auto& [version, known] : versions) known_.emplace(known->digest, known);
  }
}

void Reader::warn(const std::string& message) {
  if (++warnings_ <= kMostWarnings) offers_.warnings.push_back(message);
}

RepositoryOffers Reader::read() {
  for (const auto& entry : tree_.root()) {
    if (entry.name == "packages" && entry.type == Entry::Type::folder) read_packages(entry);
    if (entry.name == "featured.json" && entry.type == Entry::Type::file) read_featured(entry);
  }
  if (warnings_ > kMostWarnings) {
    offers_.warnings.push_back(fmt::format("and {} more", warnings_ - kMostWarnings));
  }
  return std::move(offers_);
}

void Reader::read_packages(const Entry& packages) {
  for (const auto& package : tree_.entries(packages)) {
    if (package.type != Entry::Type::folder) continue;
    if (!package::valid_segment(package.name)) {
      warn(
          "a folder in packages/ is skipped: a package's name is made of letters, digits, '.', "
          "'_' and '-', and begins with a letter or digit");
    } else if (!package::valid_package_name(package.name)) {
      warn(fmt::format("packages/{} is skipped: the name is reserved", package.name));
    } else {
      read_package(package);
    }
  }
}

void Reader::read_package(const Entry& package) {
  std::size_t count = 0;
  for (const auto& file : tree_.entries(package)) {
    if (file.type != Entry::Type::file || !file.name.ends_with(kSuffix)) continue;
    const auto version = file.name.substr(0, file.name.size() - kSuffix.size());
    if (!package::valid_segment(version)) {
      warn(
          fmt::format("a file in packages/{} is skipped: a version is made of letters, digits, "
                      "'.', '_' and '-', and begins with a letter or digit",
                      package.name));
    } else if (++count > kMostVersions) {
      warn(fmt::format("packages/{} has more than {} versions; the others are skipped",
                       package.name, kMostVersions));
      return;
    } else {
      read_version(package.name, version, file);
    }
  }
}

void Reader::read_version(const std::string& name, const std::string& version, const Entry& file) {
  if (++files_ > kMostFiles) {
    warn(fmt::format("packages/{}/{} is skipped: there are more than {} files", name, file.name,
                     kMostFiles));
    return;
  }
  const auto size = tree_.size(file);
  if (size > kLargestFile) {
    auto broken = std::make_shared<Offer>();
    broken->repo = offers_.name;
    broken->name = name;
    broken->version = version;
    broken->faults = {{"", "the file is larger than 10 MB", 0}};
    offers_.packages[name][version] = std::move(broken);
    return;
  }
  if (bytes_ + size > kLargestSum) {
    warn(fmt::format("packages/{}/{} is skipped: all files together are larger than 64 MB", name,
                     file.name));
    return;
  }
  bytes_ += size;
  offers_.packages[name][version] = offer(name, version, tree_.read(file));
}

OfferPtr Reader::previous_offer(const std::string& name, const std::string& version) const {
  if (previous_ == nullptr) return nullptr;
  const auto package = previous_->packages.find(name);
  if (package == previous_->packages.end()) return nullptr;
  const auto found = package->second.find(version);
  return found == package->second.end() ? nullptr : found->second;
}

OfferPtr Reader::offer(const std::string& name, const std::string& version, std::string text) {
  auto digest = sha256_hex(text);
  if (auto same = previous_offer(name, version); same && same->digest == digest) return same;
  std::shared_ptr<Offer> made;
  if (const auto known = known_.find(digest); known != known_.end()) {
    made = std::make_shared<Offer>(*known->second);  // the same text elsewhere
  } else {
    made = std::make_shared<Offer>();
    auto parsed = package::parse_definition(text);
    made->definition = std::move(parsed.definition);
    made->faults = std::move(parsed.faults);
    made->warnings = std::move(parsed.warnings);
    made->text = std::move(text);
    made->digest = digest;
  }
  made->repo = offers_.name;
  made->name = name;
  made->version = version;
  known_.emplace(std::move(digest), made);
  return made;
}

void Reader::read_featured(const Entry& file) {
  const auto refuse = [&](std::string_view why) {
    warn(fmt::format("featured.json {}, so nothing is featured", why));
  };
  if (tree_.size(file) > kLargestFeatured) return refuse("is larger than 1 MB");
  const auto json = nlohmann::json::parse(tree_.read(file), nullptr, false);
  if (!json.is_array()) return refuse("is not a list of package names");
  std::vector<std::string> names;
  for (const auto& name : json) {
    if (!name.is_string()) return refuse("holds something that is not a package name");
    names.push_back(name.get<std::string>());
  }
  offers_.featured = std::move(names);
}

}  // namespace

RepositoryOffers read_offers(const GitTree& tree, const std::string& repository,
                             const RepositoryOffers* previous) {
  return Reader(tree, repository, previous).read();
}

RepositoryOffers no_offers(const std::string& repository) {
  RepositoryOffers none;
  none.name = repository;
  return none;
}

}  // namespace town

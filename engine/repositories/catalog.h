// The definitions that repositories offer. A Catalog is a value that never changes once shared; any
// thread may read it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/package/definition.h"
#include "state/error.h"

namespace town {

/// One version file of one package in one repository.
struct Offer {
  std::string repo;
  std::string name;
  std::string version;
  std::string text;    ///< the YAML as it lies in the repository
  std::string digest;  ///< SHA-256 of `text`
  package::Definition definition;
  Diagnostics faults;    ///< not empty: it cannot be installed
  Diagnostics warnings;  ///< unknown keys and the like
};

/// Shared by every Catalog that has not changed that file: a file is parsed once (by digest).
using OfferPtr = std::shared_ptr<const Offer>;

struct RepositoryOffers {
  std::string name;
  /// package -> version -> offer
  std::map<std::string, std::map<std::string, OfferPtr>> packages;
  std::vector<std::string> featured;
  std::string commit;  ///< hex id that this was read from
  std::string error;   ///< of the last refresh; the offers are then those of the last good one
  std::vector<std::string> warnings;
};

/// In stored order; later repositories win (package format 1.4).
class Catalog {
 public:
  Catalog() = default;
  explicit Catalog(std::vector<std::shared_ptr<const RepositoryOffers>> repositories)
      : repositories_(std::move(repositories)) {}

  [[nodiscard]] const std::vector<std::shared_ptr<const RepositoryOffers>>& repositories() const {
    return repositories_;
  }
  [[nodiscard]] const RepositoryOffers* repository(const std::string& name) const;

  /// With a repository: only there. Without: the last repository that carries the name (with a
  /// version: that carries exactly that version). Empty version or "latest": the highest there that
  /// can be installed; where none can, the highest, whose faults say why. Null: nobody has it.
  [[nodiscard]] OfferPtr find(const std::string& repo, const std::string& name,
                              const std::string& version) const;

  /// Why find() answers null for this, in a sentence: what is missing, and what there is instead.
  [[nodiscard]] std::string why_not(const std::string& repo, const std::string& name,
                                    const std::string& version) const;

  /// Every version of the name that can be installed, over all repositories, highest first, no
  /// duplicates.
  [[nodiscard]] std::vector<std::string> versions(const std::string& name) const;

 private:
  std::vector<std::shared_ptr<const RepositoryOffers>> repositories_;
};

}  // namespace town

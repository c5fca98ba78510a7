// Keeps the clones of the repositories that the graph declares, reads them into a Catalog, and
// writes the status of the Repository kind. One object with one thread of its own; any thread may
// call it.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "engine/repositories/catalog.h"
#include "state/store.h"

namespace town {

class Repositories {
 public:
  struct Options {
    std::filesystem::path directory;     ///< of the clones, one folder each
    std::chrono::seconds interval{300};  ///< between refreshes (package format 1.3)
    std::chrono::seconds deadline{120};  ///< of one fetch
    std::string
        default_username;  ///< for repositories without credentials of their own; may be empty
    Secret default_password;
  };

  /// Loads what lies in the clones, so that the catalog is there before the first fetch.
  Repositories(Store& store, Options options);
  Repositories(const Repositories&) = delete;
  Repositories& operator=(const Repositories&) = delete;
  ~Repositories();

  /// Begins to follow the graph: clones what is declared, drops what is not, refreshes every
  /// interval.
  void start();
  void stop();

  [[nodiscard]] std::shared_ptr<const Catalog> catalog() const;

  /// Clones (or fetches) a repository that is about to be declared, so that a bad URL or password
  /// is refused before anything is stored. Throws Error{remote} with a reason and a sentence. The
  /// clone stays, and is dropped at the next refresh if it does not get declared.
  void prepare(const std::string& name, const RepositorySpec& spec);

  /// Refreshes all, or one, now, and waits; returns the errors by name.
  std::map<std::string, std::string> refresh(const std::string& name = {});

  /// Called after each change of the catalog, from the thread that made it. Set before start().
  void on_change(std::function<void()> notify);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace town

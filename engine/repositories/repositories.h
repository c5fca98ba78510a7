// Keeps the clones of the repositories that the graph declares, reads them into a Catalog, and
// writes the status of the Repository kind. One object with three threads of its own: one follows
// the graph, two fetch. Any thread may call it.
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
  /// The store must outlive it. Throws std::filesystem::filesystem_error where the directory cannot
  /// be used.
  Repositories(Store& store, Options options);
  Repositories(const Repositories&) = delete;
  Repositories& operator=(const Repositories&) = delete;
  ~Repositories();

  /// Begins to follow the graph: clones what is declared, drops what is not, refreshes each
  /// repository every interval (a tenth more or less, so that they do not all come at once). One
  /// that failed is tried again after a second, doubling up to the interval; one that denied us, or
  /// is not there, after the interval. Call once.
  void start();

  /// Breaks off every fetch and waits for the threads. Nothing starts again after it.
  void stop();

  /// In the order of the graph as it is now, with what each repository was last seen to offer. The
  /// same object as long as nothing of that changes. Never waits for a fetch.
  [[nodiscard]] std::shared_ptr<const Catalog> catalog() const;

  /// Clones (or fetches) a repository that is about to be declared, so that a bad URL or password
  /// is refused before anything is stored; on the calling thread, at most for the deadline. Throws
  /// as Git::fetch does. The catalog has its offers as soon as it is declared with the same name
  /// and URL; the clone goes after a minute if it is not.
  void prepare(const std::string& name, const RepositorySpec& spec);

  /// Looks at all repositories, or one, now, and waits; returns the errors by name. Call between
  /// start() and stop(). Throws Error{not_found} (reason RepositoryUnknown) for a name that is not
  /// declared, and Error{unavailable} (reason Stopping) where stop() came first.
  std::map<std::string, std::string> refresh(const std::string& name = {});

  /// Called after each change of what a repository offers, from the thread that saw it, holding no
  /// lock. Set before start().
  void on_change(std::function<void()> notify);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace town

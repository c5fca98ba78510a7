// The declared resources as they would be after an intent: what admission works on. Lives for one
// submit or preview, under the engine's lock.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/ports.h"
#include "engine/repositories/catalog.h"
#include "state/graph.h"
#include "state/store.h"

namespace town {

class Draft {
 public:
  /// `seen`: how things were last; may be older than `graph`.
  Draft(std::shared_ptr<const Graph> graph, Snapshot seen, std::shared_ptr<const Catalog> catalog,
        Host& host, std::uint16_t own_port)
      : graph_(std::move(graph)),
        seen_(std::move(seen)),
        catalog_(std::move(catalog)),
        host_(host),
        own_port_(own_port) {}

  /// The spec that is declared at `key` now, this intent's changes included; null where none is.
  template <typename S>
  [[nodiscard]] const S* find(const Key& key) const {
    const auto changed = changes_.find(key);
    if (changed != changes_.end()) {
      return changed->second ? std::get_if<S>(&*changed->second) : nullptr;
    }
    const auto resource = graph_->find(key);
    if (!resource || resource->deleting || !resource->declared()) return nullptr;
    return std::get_if<S>(&resource->spec);
  }

  /// All declared resources of one kind, this intent's changes included.
  [[nodiscard]] std::vector<std::pair<Key, Spec>> all(Kind kind) const;

  /// Whether other data than that with this id is still on its way out of this volume's place.
  [[nodiscard]] bool being_cleared(const Key& volume, const std::string& id) const;
  /// Error{conflict, StillRemoving} where it is: a wish for new data would take the place of the
  /// one that says what becomes of the old.
  void require_clear(const Key& volume, const std::string& id) const;

  /// How it was last seen to be.
  [[nodiscard]] Status status(const Key& key) const { return seen_.status(key); }
  /// Whether data with this id is on the disk. Yes, too, where the disk cannot be asked: nothing is
  /// given up on a guess.
  [[nodiscard]] bool on_disk(const std::string& id);

  void put(const Key& key, Spec spec);
  void remove(const Key& key);
  /// Removed, and its data is to be destroyed.
  void purge(const Key& key);

  /// A sentence for the record of the intent and for the plan in words.
  void say(std::string sentence) { words_.push_back(std::move(sentence)); }
  /// What a request was about, changed or not.
  void about(const Key& key) { about_.push_back(key); }
  void warn(Diagnostic warning) { warnings_.push_back(std::move(warning)); }

  /// Value of a setting, or its default.
  [[nodiscard]] std::string setting(const std::string& key) const;

  /// A port nobody has claimed, nobody listens on and no installed package was answered, 10000 to
  /// 60000; 0 where 100 draws find none (package format 4.2).
  std::uint16_t free_port(const std::set<std::uint16_t>& avoid) const;

  [[nodiscard]] const Graph& graph() const { return *graph_; }
  [[nodiscard]] const Catalog& catalog() const { return *catalog_; }
  [[nodiscard]] Host& host() const { return host_; }
  [[nodiscard]] std::uint16_t own_port() const { return own_port_; }
  [[nodiscard]] const std::map<Key, std::optional<Spec>>& changes() const { return changes_; }
  [[nodiscard]] const std::vector<Key>& purged() const { return purged_; }
  [[nodiscard]] const std::vector<Key>& about() const { return about_; }
  [[nodiscard]] const std::vector<std::string>& words() const { return words_; }
  [[nodiscard]] const Diagnostics& warnings() const { return warnings_; }

 private:
  std::shared_ptr<const Graph> graph_;
  Snapshot seen_;
  std::shared_ptr<const Catalog> catalog_;
  Host& host_;
  std::uint16_t own_port_;
  std::map<Key, std::optional<Spec>> changes_;  ///< nothing: removed
  std::vector<Key> purged_;
  std::vector<Key> about_;
  std::vector<std::string> words_;
  Diagnostics warnings_;
  /// Of this one look at the disk; nothing inside: it could not be looked at.
  std::optional<std::optional<std::set<std::string>>> disk_;
};

}  // namespace town

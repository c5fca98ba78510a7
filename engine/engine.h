// The one way to change what is wanted. Owned by townd's main; any thread may call it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/ports.h"
#include "engine/repositories/catalog.h"
#include "engine/requests.h"
#include "state/store.h"

namespace town {

struct Accepted {
  Revision revision = 0;      ///< at which it is in the graph
  std::uint64_t number = 0;   ///< of the intent; 0 where nothing had to change
  std::vector<Key> declared;  ///< the declared resources that the requests were about
  Diagnostics warnings;
};

/// What an intent would do, and what it would do it to.
struct Preview {
  GraphDelta delta;
  std::vector<std::string> words;  ///< one sentence per consequence, for people
  std::vector<Key> declared;
  Diagnostics warnings;
};

class Engine {
 public:
  struct Sources {
    Store& store;
    Host& host;
    std::function<std::shared_ptr<const Catalog>()> catalog;
    std::uint16_t own_port = 5309;  ///< of the dashboard; no package gets it
  };

  explicit Engine(Sources sources);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine();

  /// Checks, fills in what is drawn by chance, compiles, and commits: one synced batch for the
  /// whole intent. Throws InvalidInput with every fault (reason InvalidAnswers: fields
  /// "responses.NAME"), Error{not_found} and Error{conflict} (reason PortTaken names the holder).
  Accepted submit(const Intent& intent);

  /// The same without committing; draws are made but not kept.
  Preview preview(const Intent& intent);

  /// Compiles every package anew and commits what differs: after an update of the engine itself, or
  /// a change of the host's address. A package that does not compile any more stays as it is, and
  /// is logged: what ran keeps running.
  void recompile();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// How a declared resource is, summed up from what it owns; waits belong to the callers.
struct Outcome {
  enum class Word : std::uint8_t { ready, progressing, degraded, stalled, gone };
  Word word{};
  std::string reason;
  std::string message;  ///< names the resource that holds it up
  Key culprit;
};

/// Of a declared resource and all it owns, at this snapshot.
Outcome outcome(const Snapshot& snapshot, const Key& declared);

}  // namespace town

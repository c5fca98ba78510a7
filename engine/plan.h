// One pass of a loop, as data. Values; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "state/event.h"
#include "state/status.h"
#include "state/store.h"

namespace town {

/// What a loop sees in one pass.
struct View {
  Snapshot snapshot;
  std::vector<Key> due;  ///< sorted; of the loop's kinds
  bool resync = false;   ///< look at everything, orphans too
};

/// Where in a pass a change is made.
enum class Stage : std::uint8_t {
  prepare,  ///< short, by the loop itself, in order, before anything else ("write the file")
  settle,   ///< once, after all of `prepare` ("reload")
  act,      ///< by a worker, one key at a time, several keys at once
};

/// One step.
struct Change {
  Key key;
  Stage stage = Stage::act;
  std::string action{};  ///< verb: "create", "limit", "move", "pull", "write", "start", "remove"
  std::string reason{};  ///< CamelCase, why: "Missing", "QuotaDrifted", "SpecChanged", "Orphan"
  /// The sentence for people: "the quota was 5 MB by hand, set back to 20 MB". Empty: not worth
  /// one.
  std::string message{};
  std::string subject{};  ///< what on the machine it is about, where the key does not say
  bool repair =
      false;  ///< the machine had drifted from a state that was once reached: an event tells
  bool finalizes = false;                      ///< after it, our finalizer comes off the key
  bool waits = true;                           ///< held back until all that the key needs is Ready
  bool slow = false;                           ///< may take minutes: has workers of its own
  std::map<std::string, std::string> facts{};  ///< noted of the key once it is made
  /// A fact's name: a failure of Code::remote is told and kept in it, and counts as made. For what
  /// is tried once and no more.
  std::string once{};

  bool operator==(const Change&) const = default;
};

/// How a key was seen to be, before any change of this pass.
struct Sighting {
  Key key;
  bool ready = false;
  bool finalized = false;  ///< being removed, and nothing of ours is left to undo
  std::string reason{};    ///< "Running", "Waiting", "PortInUse"
  std::string message{};
  bool degraded = false;  ///< something is wrong that no change of ours can mend now
  std::map<std::string, std::string> facts{};
  std::chrono::milliseconds again{0};  ///< look again after; 0: at the resync
};

struct Plan {
  std::vector<Change> changes;      ///< in order; a key's changes are made in their order
  std::vector<Sighting> sightings;  ///< of every key in `due` that exists
  std::vector<Event> events;        ///< seen, not done: "it had stopped and was started again"

  /// One more sighting.
  void see(const Key& key, bool ready, std::string reason, std::string message,
           bool degraded = false) {
    Sighting sighting{.key = key, .ready = ready};
    sighting.reason = std::move(reason);
    sighting.message = std::move(message);
    sighting.degraded = degraded;
    sightings.push_back(std::move(sighting));
  }
};

}  // namespace town

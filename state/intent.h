// The record of what was asked. Values; any thread.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "state/clock.h"
#include "state/key.h"

namespace town {

/// The number of a commit, only rising. One counter for everything that watchers hear of.
using Revision = std::uint64_t;

/// Who asked, and through which hand.
struct Author {
  std::string who;   ///< account name, "system" for our own timers
  std::string hand;  ///< "dashboard", "townctl", "git", "system"

  bool operator==(const Author&) const = default;
};

/// One accepted intent, kept for good. Holds no secret: what was asked is a sentence and the keys.
struct IntentRecord {
  std::uint64_t number = 0;  ///< 1, 2, 3, …; given by the store
  Revision revision = 0;     ///< the commit that it made
  Time when;
  Author author;
  std::string action;   ///< "install", "uninstall", "add_repository", …
  std::string summary;  ///< "install default/nginx 2.0"
  std::vector<Key> put;
  std::vector<Key> removed;

  bool operator==(const IntentRecord&) const = default;
};

/// Times are in whole seconds, so the way there and back loses what is below.
nlohmann::json to_json(const IntentRecord& intent);
/// The reverse; unknown members are ignored, missing ones keep their default. Throws
/// Error{internal, BadDocument} on anything else.
IntentRecord intent_from_json(const nlohmann::json& json);

}  // namespace town

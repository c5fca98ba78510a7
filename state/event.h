// What happened, for people; bounded per resource. Values; any thread.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "state/clock.h"
#include "state/key.h"

namespace town {

/// Equal events (key, reason, message) in a row are one, with a count.
struct Event {
  std::uint64_t id = 0;  ///< given by the store, rising; one that happens again gets a new one
  Key key;
  bool warning = false;
  std::string reason;   ///< CamelCase: "ImagePulled", "DriftRepaired"
  std::string message;  ///< a sentence: "quota was 5 MB by hand, set back to 20 MB"
  Time first;
  Time last;
  std::uint32_t count = 1;

  bool operator==(const Event&) const = default;
};

/// Times are in whole seconds, so the way there and back loses what is below.
nlohmann::json to_json(const Event& event);
/// The reverse; unknown members are ignored, missing ones keep their default. Throws
/// Error{internal, BadDocument} on anything else.
Event event_from_json(const nlohmann::json& json);

}  // namespace town

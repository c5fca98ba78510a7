// How a thing is, as its loop last saw it. Values; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "state/clock.h"

namespace town {

/// A fact of a volume's status: the id of the data that was there once. It is then never quietly
/// made anew, empty.
inline constexpr const char* kVolumeMade = "made";

enum class ConditionType : std::uint8_t { ready, progressing, degraded, stalled };

/// "Ready", "Progressing", "Degraded", "Stalled".
std::string_view to_string(ConditionType type);

/// Present means true: a condition that does not hold is not in the list.
struct Condition {
  ConditionType type{};
  std::string reason;   ///< CamelCase, for machines: "ImageNotFound"
  std::string message;  ///< a sentence for people
  Time since;  ///< when it began to hold; the store fills it in and keeps it while it holds

  bool operator==(const Condition&) const = default;
};

/// Written only by the loop that owns the kind. "Ready" means something only where
/// `observed_generation` is the resource's generation.
struct Status {
  std::uint64_t observed_generation = 0;
  std::vector<Condition> conditions;         ///< at most one per type, in the order of the enum
  std::map<std::string, std::string> facts;  ///< what was seen last: "invocation", "used_bytes"
  Time changed;  ///< when anything above last changed; given by the store

  [[nodiscard]] const Condition* find(ConditionType type) const;
  /// Ready, and seen at this generation.
  [[nodiscard]] bool ready_at(std::uint64_t generation) const;
  bool operator==(const Status&) const = default;
};

using StatusPtr = std::shared_ptr<const Status>;

/// The one word that lists show: "Stalled", "Degraded", "Progressing" or "Ready", the first that
/// holds; "Pending" where none does or where the status is about another generation.
std::string_view summarize(const Status& status, std::uint64_t generation);

/// Times are in whole seconds, so the way there and back loses what is below.
nlohmann::json to_json(const Status& status);
/// The reverse; unknown members are ignored, missing ones keep their default. Throws
/// Error{internal, BadDocument} on anything else.
Status status_from_json(const nlohmann::json& json);

}  // namespace town

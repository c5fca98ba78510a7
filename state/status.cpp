#include "state/status.h"

#include <algorithm>
#include <array>

#include "state/document/json.h"

namespace town {

std::string_view to_string(ConditionType type) {
  constexpr std::array<std::string_view, 4> kNames = {"Ready", "Progressing", "Degraded",
                                                      "Stalled"};
  return kNames.at(static_cast<std::size_t>(type));
}

const Condition* Status::find(ConditionType type) const {
  const auto found =
      std::find_if(conditions.begin(), conditions.end(),
                   [&](const Condition& condition) { return condition.type == type; });
  return found == conditions.end() ? nullptr : &*found;
}

bool Status::ready_at(std::uint64_t generation) const {
  return observed_generation == generation && find(ConditionType::ready) != nullptr;
}

std::string_view summarize(const Status& status, std::uint64_t generation) {
  if (status.observed_generation != generation) return "Pending";
  // What a person must act on comes first.
  for (const auto type : {ConditionType::stalled, ConditionType::degraded,
                          ConditionType::progressing, ConditionType::ready}) {
    if (status.find(type) != nullptr) return to_string(type);
  }
  return "Pending";
}

nlohmann::json to_json(const Status& status) { return document::json_of(status, Secrets::mask); }

Status status_from_json(const nlohmann::json& json) { return document::from_json<Status>(json); }

}  // namespace town

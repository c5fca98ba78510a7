#include "state/event.h"

#include "state/document/json.h"

namespace town {

nlohmann::json to_json(const Event& event) { return document::json_of(event, Secrets::mask); }

Event event_from_json(const nlohmann::json& json) { return document::from_json<Event>(json); }

}  // namespace town

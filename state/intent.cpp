#include "state/intent.h"

#include "state/document/json.h"

namespace town {

nlohmann::json to_json(const IntentRecord& intent) {
  return document::json_of(intent, Secrets::mask);
}

IntentRecord intent_from_json(const nlohmann::json& json) {
  return document::from_json<IntentRecord>(json);
}

}  // namespace town

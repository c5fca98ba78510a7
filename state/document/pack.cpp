#include "state/document/pack.h"

namespace town::document {

void bad_document(const std::string& what) {
  throw Error(Code::internal, "BadDocument", "a document cannot be read: " + what);
}

Key key_from_text(std::string_view text) {
  auto key = parse_key(text);
  if (!key) bad_document("\"" + std::string(text) + "\" is no key");
  return *std::move(key);
}

ConditionType condition_type_from_text(std::string_view text) {
  for (const auto type : {ConditionType::ready, ConditionType::progressing, ConditionType::degraded,
                          ConditionType::stalled}) {
    if (to_string(type) == text) return type;
  }
  bad_document("\"" + std::string(text) + "\" is no condition");
}

}  // namespace town::document

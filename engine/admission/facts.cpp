#include "engine/admission/facts.h"

#include <charconv>

namespace town {

CompileFacts facts_of(const Draft& draft) {
  CompileFacts facts;
  facts.tld = draft.setting("dns_tld");
  const auto quota = draft.setting("default_quota");
  std::from_chars(quota.data(), quota.data() + quota.size(), facts.default_quota);
  facts.internal_host = draft.host().internal_address();
  facts.external_host = draft.host().external_address();
  facts.hostname = draft.host().hostname();
  return facts;
}

}  // namespace town

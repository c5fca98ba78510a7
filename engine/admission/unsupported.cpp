#include "engine/admission/unsupported.h"

namespace town {

Diagnostics unsupported(const package::Definition& definition) {
  Diagnostics missing;
  const auto refuse = [&](bool asked, const std::string& field, const std::string& what) {
    if (asked) missing.push_back({field, what + " cannot be run by this version of Town OS", 0});
  };
  refuse(definition.runtime == package::Runtime::vm, "vm", "virtual machines");
  refuse(definition.proton.has_value(), "proton", "Windows applications");
  refuse(!definition.attach.empty(), "attach", "volumes of other packages");
  return missing;
}

}  // namespace town

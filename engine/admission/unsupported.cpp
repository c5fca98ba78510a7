#include "engine/admission/unsupported.h"

namespace town {

Diagnostics unsupported(const package::Definition& definition) {
  Diagnostics missing;
  const auto refuse = [&](bool asked, const std::string& field, const std::string& what) {
    if (asked) missing.push_back({field, what + " cannot be run by this version of Town OS", 0});
  };
  refuse(definition.runtime == package::Runtime::vm, "vm", "virtual machines");
  refuse(definition.proton.has_value(), "proton", "Windows applications");
  for (const auto& [name, attach] : definition.attach) {
    // A folder in a volume that an app writes to may become a link at any time, and podman would
    // follow it out of the volume.
    refuse(!attach.subpath.empty(), "attach." + name + ".subpath",
           "folders in volumes of other apps");
    refuse(attach.uid.has_value(), "attach." + name + ".uid", "other owners of attached volumes");
    refuse(attach.gid.has_value(), "attach." + name + ".gid", "other owners of attached volumes");
  }
  return missing;
}

}  // namespace town

#include "engine/admission/unsupported.h"

namespace town {

Diagnostics unsupported(const package::Definition& definition) {
  Diagnostics missing;
  const auto refuse = [&](bool asked, const std::string& field, const std::string& what) {
    if (asked) missing.push_back({field, what + " cannot be run by this version of Town OS", 0});
  };
  refuse(definition.runtime == package::Runtime::vm, "vm", "virtual machines");
  refuse(definition.proton.has_value(), "proton", "Windows applications");
  for (const auto& [key, dependency] : definition.dependencies) {
    refuse(!dependency.post_install.empty(), "dependencies." + key + ".post_install",
           "commands after the installation");
  }
  refuse(!definition.archives.empty(), "archives", "volumes filled from an image");
  refuse(!definition.git_sources.empty(), "git_sources", "volumes filled from git");
  refuse(!definition.attach.empty(), "attach", "volumes of other packages");
  refuse(!definition.post_install.empty(), "post_install", "commands after the installation");
  for (const auto& [name, volume] : definition.volumes) {
    refuse(!volume.git.empty(), "volumes." + name + ".git", "volumes filled from git");
    refuse(!volume.archive.empty(), "volumes." + name + ".archive",
           "volumes filled from an archive");
  }
  return missing;
}

}  // namespace town

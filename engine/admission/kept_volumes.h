// Volumes that outlive their app: what an uninstall leaves behind and a reinstall takes back.
#pragma once

#include <string>
#include <vector>

#include "engine/admission/draft.h"
#include "state/spec.h"

namespace town {

struct KeptVolume {
  Key key;
  VolumeSpec spec;
  std::string version;  ///< of the app when it was set aside
  std::string volume;   ///< name in the definition
};

/// Labels are not part of a spec, so the path tells:
/// `uninstalled/<repo>/<storage>/<version>/<volume>`; it was made from these parts by
/// `keep_volume`, and only the storage path (package format 13) may hold a slash.
std::vector<KeptVolume> kept_volumes(const Draft& draft, const std::string& repo,
                                     const std::string& storage);

/// The same of a package and of everything that it had brought along.
std::vector<Key> all_kept_volumes(const Draft& draft, const std::string& repo,
                                  const std::string& name);

/// Declares the volume with this identity at a free path below `uninstalled/`. `keys` lead to the
/// part of the package that it belonged to.
void keep_volume(Draft& draft, const PackageSpec& package, const std::vector<std::string>& keys,
                 const std::string& version, const std::string& volume, const VolumeSpec& spec);

}  // namespace town

// Volumes of other packages that a package mounts (package format 3.11). Pure; any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "engine/package/resolve.h"
#include "state/key.h"
#include "state/spec.h"

namespace town {

/// The installed package at a key, or null.
using FindPackage = std::function<const PackageSpec*(const Key& package)>;

/// A volume that another installed package exports.
struct Exported {
  Key volume;
  std::string path;  ///< below the data root
};

/// "<repo>/<package>/<volume>", with the package's effective name; nothing where no such package is
/// installed, or it does not export that. Volumes of what a package brings along are never found.
std::optional<Exported> find_exported(const std::string& reference, const FindPackage& find);

/// Every attachment of the package whose volume is not there, as faults of "attach.NAME.volume".
Diagnostics missing_attachments(const package::ResolvedPackage& package, const FindPackage& find);

// Whether the text of a package may have attachments, or volumes for others: a quick look, which
// may say yes in vain.

bool may_attach(const std::string& definition);
bool may_export(const std::string& definition);

}  // namespace town

// What installing one version would mean, before any question is answered. Pure; any thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>

#include "engine/ports.h"
#include "engine/repositories/catalog.h"
#include "state/spec.h"

namespace town::api {

/// The body of an install preview (package format 12.3), with what the package is warned of.
/// `installed` is null where no version is; then `kept_versions` are those whose data an uninstall
/// kept.
nlohmann::json install_preview(const Offer& offer, const PackageSpec* installed,
                               const DiskFigures& disk,
                               const std::set<std::string>& kept_versions = {});

}  // namespace town::api

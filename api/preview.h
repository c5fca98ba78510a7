// What installing one version would mean, before any question is answered. Pure; any thread.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "engine/ports.h"
#include "engine/repositories/catalog.h"
#include "state/spec.h"

namespace town::api {

/// The body of an install preview (package format 12.3). `installed` is null where no version is.
nlohmann::json install_preview(const Offer& offer, const PackageSpec* installed,
                               const DiskFigures& disk);

}  // namespace town::api

// From a directory to an open database and the state that is in it: looks first, touches later.
// Inside state/ only; at opening.
#pragma once

#include <filesystem>
#include <memory>

#include "state/store/database.h"
#include "state/store/event_book.h"
#include "state/store/pipeline.h"
#include "state/store/place.h"

namespace town::store {

struct Opened {
  std::unique_ptr<Place> place;  ///< null for one in memory
  std::unique_ptr<Database> database;
  Pipeline::Start start;
};

/// See Store::open.
Opened open_on_disk(const std::filesystem::path& directory);
Opened open_in_memory();

}  // namespace town::store

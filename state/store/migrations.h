// The steps from what an older townd wrote to what this one reads. Inside state/ only; at opening.
#pragma once

#include <span>

#include "state/store/database.h"

namespace town::store {

/// One step, from schema `from` to the next. `run` reads the database and fills the batch, which is
/// written, synced, together with the new schema number: a step is done or not begun.
struct Migration {
  int from = 0;
  void (*run)(const Database& database, Batch& batch) = nullptr;
};

/// All that there are, oldest first.
std::span<const Migration> migrations();

/// Takes the steps from `schema` to `wanted`, in order. Throws Error{internal, NoMigration} where
/// one is missing.
void migrate(Database& database, int schema, int wanted, std::span<const Migration> steps);

}  // namespace town::store

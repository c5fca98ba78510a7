#include "state/store/opening.h"

#include <malloc.h>

#include <string>

#include "state/error.h"
#include "state/store/migrations.h"
#include "state/store/rows.h"

namespace town::store {
namespace {

void write_schema(Database& database) {
  auto batch = database.batch();
  put_meta(batch, kSchemaRow, kSchema);
  database.write(batch, true);
}

Pipeline::Start load(const Database& database) {
  Pipeline::Start start;
  start.last_intent = meta_number(database, kIntentRow);
  start.now.revision = meta_number(database, kRevisionRow);
  start.now.graph = std::make_shared<const Graph>(load_graph(database));
  start.now.statuses = std::make_shared<const Statuses>(load_statuses(database));
  database.scan(Table::events, "", "", false, [&](std::string_view, std::string_view bytes) {
    auto event = event_of(bytes);
    const bool gone = !start.now.graph->find(event.key);
    start.events.load(std::move(event), gone);
    return true;
  });
  return start;
}

void make_first(const Place& place) {
  place.clear_unfinished();
  {
    const auto database = Database::open(place.unfinished(), Database::Mode::create);
    write_schema(*database);
  }
  place.finish();
  place.mark(kSchema);
}

int schema_of(const Database& database) {
  const bool known = database.has(Table::meta) && database.get(Table::meta, kSchemaRow);
  if (!known) {
    throw Error(Code::unavailable, "StoreDamaged", "the store is damaged: it names no schema");
  }
  const auto schema = meta_number(database, kSchemaRow);
  if (schema > kSchema) {
    throw Error(Code::unavailable, "StoreNewer",
                "the store has schema " + std::to_string(schema) + ", and this townd knows " +
                    std::to_string(kSchema) + "; use the townd that wrote it");
  }
  return static_cast<int>(schema);
}

/// Looks at everything before the store is opened for writing, which would already change it.
int inspect(const Place& place, Pipeline::Start& start) {
  const auto database = Database::open(place.database(), Database::Mode::read);
  const int schema = schema_of(*database);
  database->verify();
  if (schema < kSchema) return schema;
  for (int table = 0; table < kTableCount; ++table) {
    if (database->has(static_cast<Table>(table))) continue;
    throw Error(Code::unavailable, "StoreDamaged", "the store is damaged: a table is missing");
  }
  start = load(*database);
  return schema;
}

}  // namespace

Opened open_on_disk(const std::filesystem::path& directory) {
  Opened opened;
  opened.place = std::make_unique<Place>(directory);
  const auto& place = *opened.place;
  if (place.first_boot(kSchema)) make_first(place);
  const int schema = inspect(place, opened.start);
  opened.database = Database::open(place.database(), Database::Mode::write);
  if (schema < kSchema) {
    migrate(*opened.database, schema, kSchema, migrations());
    opened.start = load(*opened.database);
  }
  place.mark(kSchema);
  // Loading passes many times its result through the heap; what is left over is given back.
  malloc_trim(0);
  return opened;
}

Opened open_in_memory() {
  Opened opened;
  opened.database = Database::open("/store", Database::Mode::in_memory);
  write_schema(*opened.database);
  opened.start = load(*opened.database);
  return opened;
}

}  // namespace town::store

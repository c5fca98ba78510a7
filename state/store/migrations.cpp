#include "state/store/migrations.h"

#include <algorithm>
#include <string>

#include "state/error.h"
#include "state/store/rows.h"

namespace town::store {

// Schema 1 is the first. A step is never changed or removed once it was shipped.
std::span<const Migration> migrations() { return {}; }

void migrate(Database& database, int schema, int wanted, std::span<const Migration> steps) {
  for (; schema < wanted; ++schema) {
    const auto step = std::find_if(steps.begin(), steps.end(),
                                   [&](const Migration& known) { return known.from == schema; });
    if (step == steps.end()) {
      throw Error(Code::internal, "NoMigration",
                  "no step leads on from schema " + std::to_string(schema) + " of the store");
    }
    auto batch = database.batch();
    step->run(database, batch);
    put_meta(batch, kSchemaRow, static_cast<std::uint64_t>(schema) + 1);
    database.write(batch, true);
  }
}

}  // namespace town::store

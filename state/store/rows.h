// What the rows of the store look like: names, documents, and how they become the state in memory
// again. Inside state/ only. Row names are texts or big-endian numbers, so that they sort as they
// should. A resource's needs are rows of their own, "from\0to"; its document has the rest.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "state/graph.h"
#include "state/store.h"
#include "state/store/database.h"

namespace town::store {

/// The schema that this townd writes. Raise it with a step in migrations.cpp.
inline constexpr int kSchema = 1;

using Statuses = SnapshotMap<Key, StatusPtr>;

/// Eight bytes, the highest first.
std::string number_row(std::uint64_t number);
/// The reverse; throws Error{unavailable, StoreDamaged} on another length.
std::uint64_t number_of(std::string_view row);

/// The row of meta with the schema, the last intent's number, the last revision.
inline constexpr std::string_view kSchemaRow = "schema";
inline constexpr std::string_view kIntentRow = "intent";
inline constexpr std::string_view kRevisionRow = "revision";

/// A number kept in meta; 0 where there is none.
std::uint64_t meta_number(const Database& database, std::string_view row);
void put_meta(Batch& batch, std::string_view row, std::uint64_t number);

/// Throws Error{internal, BadKey} where a key could not be told apart on disk.
void check_key(const Key& key);

/// Writes `now` in place of `old` (null: it is new), with its edges.
void put_resource(Batch& batch, const Resource* old, const Resource& now);
void erase_resource(Batch& batch, const Resource& old);
void put_status(Batch& batch, const Key& key, const Status& status);
void erase_status(Batch& batch, const Key& key);
void put_event(Batch& batch, const Event& event);
void put_intent(Batch& batch, const IntentRecord& intent);

Event event_of(std::string_view document);
IntentRecord intent_of(std::string_view document);

/// All of them. Throws Error{unavailable, StoreDamaged} where anything does not fit.
Graph load_graph(const Database& database);
Statuses load_statuses(const Database& database);

}  // namespace town::store

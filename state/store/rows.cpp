#include "state/store/rows.h"

#include <algorithm>

#include "state/document/pack.h"
#include "state/document/spec_document.h"

namespace town::store {
namespace {

constexpr std::size_t kNumberBytes = 8;

[[noreturn]] void damaged(const std::string& what) {
  throw Error(Code::unavailable, "StoreDamaged", "the store is damaged: " + what);
}

std::string edge_row(const Key& from, const Key& to) {
  return to_string(from) + '\0' + to_string(to);
}

std::string resource_document(const Resource& resource) {
  document::Packer out;
  document::pack_spec(out, resource.spec);
  document::pack(out, resource);
  return out.take();
}

Resource resource_of(const Key& key, std::string_view bytes) {
  document::Unpacker in(bytes);
  Resource resource;
  resource.key = key;
  resource.spec = document::unpack_spec(in, key.kind);
  document::unpack(in, resource);
  return resource;
}

Key key_of(std::string_view row) {
  auto key = parse_key(row);
  if (!key) damaged("a row has the name \"" + std::string(row) + "\", which is no key");
  return *std::move(key);
}

/// Calls `visit(key, document)` for each row of a table of keys; a document that does not fit is
/// damage.
template <typename F>
void each_keyed(const Database& database, Table table, F&& visit) {
  database.scan(table, "", "", false, [&](std::string_view row, std::string_view bytes) {
    try {
      visit(key_of(row), bytes);
    } catch (const Error& error) {
      damaged(std::string(row) + ": " + error.what());
    }
    return true;
  });
}

/// The needs of all resources, by the text of the key that has them.
std::map<std::string, std::vector<Key>, std::less<>> load_needs(const Database& database) {
  std::map<std::string, std::vector<Key>, std::less<>> needs;
  database.scan(Table::edges, "", "", false, [&](std::string_view row, std::string_view) {
    const auto middle = row.find('\0');
    if (middle == row.npos) damaged("an edge has one end");
    const auto from = row.substr(0, middle);
    // Edges come by their first end, so it is the last one or a new one.
    auto at = needs.empty() || needs.rbegin()->first != from
                  ? needs.emplace_hint(needs.end(), from, std::vector<Key>{})
                  : std::prev(needs.end());
    at->second.push_back(key_of(row.substr(middle + 1)));
    return true;
  });
  return needs;
}

}  // namespace

std::string number_row(std::uint64_t number) {
  std::string row(kNumberBytes, '\0');
  for (auto at = row.rbegin(); at != row.rend(); ++at, number >>= 8U) {
    *at = static_cast<char>(number & 0xFFU);
  }
  return row;
}

std::uint64_t number_of(std::string_view row) {
  if (row.size() != kNumberBytes) damaged("a number has " + std::to_string(row.size()) + " bytes");
  std::uint64_t number = 0;
  for (const char byte : row) number = number << 8U | static_cast<unsigned char>(byte);
  return number;
}

std::uint64_t meta_number(const Database& database, std::string_view row) {
  const auto value = database.get(Table::meta, row);
  return value ? number_of(*value) : 0;
}

void put_meta(Batch& batch, std::string_view row, std::uint64_t number) {
  batch.put(Table::meta, row, number_row(number));
}

void check_key(const Key& key) {
  if (!key.name.empty() && key.name.find('\0') == std::string::npos) return;
  throw Error(Code::internal, "BadKey", "a key's name is empty or holds a zero byte");
}

void put_resource(Batch& batch, const Resource* old, const Resource& now) {
  batch.put(Table::resources, to_string(now.key), resource_document(now));
  const auto has = [](const std::vector<Key>& needs, const Key& key) {
    return std::find(needs.begin(), needs.end(), key) != needs.end();
  };
  for (const auto& to : now.needs) {
    if (old == nullptr || !has(old->needs, to)) {
      batch.put(Table::edges, edge_row(now.key, to), "");
    }
  }
  if (old == nullptr) return;
  for (const auto& to : old->needs) {
    if (!has(now.needs, to)) batch.erase(Table::edges, edge_row(now.key, to));
  }
}

void erase_resource(Batch& batch, const Resource& old) {
  batch.erase(Table::resources, to_string(old.key));
  for (const auto& to : old.needs) batch.erase(Table::edges, edge_row(old.key, to));
}

void put_status(Batch& batch, const Key& key, const Status& status) {
  batch.put(Table::status, to_string(key), document::to_bytes(status));
}

void erase_status(Batch& batch, const Key& key) { batch.erase(Table::status, to_string(key)); }

void put_event(Batch& batch, const Event& event) {
  batch.put(Table::events, number_row(event.id), document::to_bytes(event));
}

void put_intent(Batch& batch, const IntentRecord& intent) {
  batch.put(Table::intents, number_row(intent.number), document::to_bytes(intent));
}

Event event_of(std::string_view document) {
  try {
    return document::from_bytes<Event>(document);
  } catch (const Error& error) {
    damaged(std::string("an event: ") + error.what());
  }
}

IntentRecord intent_of(std::string_view document) {
  try {
    return document::from_bytes<IntentRecord>(document);
  } catch (const Error& error) {
    damaged(std::string("an intent: ") + error.what());
  }
}

Graph load_graph(const Database& database) {
  auto needs = load_needs(database);
  std::vector<ResourcePtr> resources;
  each_keyed(database, Table::resources, [&](const Key& key, std::string_view bytes) {
    auto resource = resource_of(key, bytes);
    if (auto found = needs.extract(to_string(key))) {
      resource.needs = std::move(found.mapped());
      std::sort(resource.needs.begin(), resource.needs.end());
    }
    resources.push_back(std::make_shared<const Resource>(std::move(resource)));
  });
  if (!needs.empty()) damaged(needs.begin()->first + " has edges and is not there");
  return Graph(std::move(resources));
}

Statuses load_statuses(const Database& database) {
  std::vector<Statuses::Entry> statuses;
  each_keyed(database, Table::status, [&](const Key& key, std::string_view bytes) {
    statuses.emplace_back(key, std::make_shared<const Status>(document::from_bytes<Status>(bytes)));
  });
  // Rows come by the name of their kind, not by its number.
  std::sort(statuses.begin(), statuses.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  return Statuses(std::move(statuses));
}

}  // namespace town::store

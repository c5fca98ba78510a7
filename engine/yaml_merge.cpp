#include "engine/yaml_merge.h"

#include <algorithm>
#include <iterator>
#include <unordered_set>

#include "engine/yaml_text.h"

namespace town::yaml {
namespace {

/// Moves the entries of `source` to `merged`, but for keys that are there already.
void take_entries(Node& source, std::unordered_set<std::string>& keys, std::vector<Entry>& merged,
                  int line) {
  if (source.type != Node::Type::mapping)
    refuse("what is merged with << must be a mapping, or a list of mappings", line);
  for (auto& entry : source.entries)
    if (keys.insert(entry.key.scalar).second) merged.push_back(std::move(entry));
}

}  // namespace

bool is_merge_key(const Node& key) { return key.scalar == "<<" && !key.quoted; }

void merge_keys(Node& mapping) {
  auto& entries = mapping.entries;
  const auto found =
      std::ranges::find_if(entries, [](const Entry& entry) { return is_merge_key(entry.key); });
  if (found == entries.end()) return;
  Node source = std::move(found->value);
  const int line = found->key.line;
  const auto place = entries.erase(found);
  std::unordered_set<std::string> keys;
  for (const auto& entry : entries) keys.insert(entry.key.scalar);
  std::vector<Entry> merged;
  if (source.type == Node::Type::sequence) {
    for (Node& item : source.items) take_entries(item, keys, merged, line);
  } else {
    take_entries(source, keys, merged, line);
  }
  entries.insert(place, std::make_move_iterator(merged.begin()),
                 std::make_move_iterator(merged.end()));
}

}  // namespace town::yaml

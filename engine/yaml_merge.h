// Merge keys (`<<: *base`), as YAML 1.1 has them and package authors know them. Part of
// engine/yaml; one parse, one thread.
#pragma once

#include "engine/yaml.h"

namespace town::yaml {

/// Whether a key says "merge": `<<`, not in quotes.
bool is_merge_key(const Node& key);

/// Puts the entries of the mapping, or the list of mappings, under the merge key into `mapping`, in
/// the merge key's place. What the mapping itself says wins, then what comes first in the list.
/// Throws InvalidInput("BadYaml") if the key's value is anything else.
void merge_keys(Node& mapping);

}  // namespace town::yaml

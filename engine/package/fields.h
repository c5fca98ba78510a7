// Every text of a definition in which markers are substituted, each with its rule: the one list
// that both the first check and the check after substitution go through. Any thread.
#pragma once

#include <functional>
#include <string>

#include "engine/package/definition.h"
#include "engine/package/field_path.h"
#include "engine/package/rules.h"

namespace town::package {

/// What becomes of a visited text is the visitor's affair.
using FieldVisitor = std::function<void(const FieldPath& path, std::string& text, Rule rule)>;

/// Calls `visit` for each of them, in a fixed order. Keys of ports come with theirs as text. Not
/// among them: template contents (substitute_template), and texts that take no markers.
void for_each_field(Definition& definition, const FieldVisitor& visit);

/// The rule for a note of that type.
Rule rule_of_note(std::string_view type);

}  // namespace town::package

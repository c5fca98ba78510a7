// What hostile text may never do to the small grammars: the bodies of fuzz targets, and of the unit
// tests that replay their corpora. Stateless; any thread. Each throws std::logic_error, which
// nobody catches, where a promise is broken.
#pragma once

#include <string_view>

namespace town::fuzz {

/// `text` is a table, a line "name=value" each, then an empty line, then a text: substituting gives
/// what the plain reading of package format 5.3 gives.
void try_markers(std::string_view text);

/// `text` as an image reference: what is valid stays valid and the same once it is in full form.
void try_image(std::string_view text);

/// Each line of `text` as an argument: a unit file passes it on byte by byte, and no argument or
/// description adds a line to the file.
void try_unit(std::string_view text);

}  // namespace town::fuzz

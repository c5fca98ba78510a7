// The files that a package's templates become. Pure; any thread.
#pragma once

#include <map>
#include <string>

#include "engine/compiler/compiler.h"
#include "engine/package/tree.h"
#include "state/secret.h"

namespace town {

/// Volume -> path below it -> text, of one package of a tree whose dependencies are resolved.
/// Markers are substituted in the text parts of a template only, then it is carried out (package
/// format 9). A template that fails is a fault of "templates.NAME.content".
std::map<std::string, std::map<std::string, Secret>> rendered_files(const package::Tree& tree,
                                                                    const CompileFacts& facts,
                                                                    Diagnostics& faults);

}  // namespace town

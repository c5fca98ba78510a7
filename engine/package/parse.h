// The parts of parse_definition, one per group of sections. Each takes its sections out of the
// file's top mapping into the definition. Internal to this folder; any thread.
#pragma once

#include "engine/package/definition.h"
#include "engine/package/reading.h"

namespace town::package {

/// image, vm, proton, entrypoint, command, environment, post_update, post_install; and whether they
/// go together.
void parse_runtime(Section& top, Definition& definition, Reading& reading);

/// Whether the package is a vm and nothing else: then what only containers have is not looked at.
inline bool is_plain_vm(const Definition& definition) {
  return definition.vm && !definition.proton && definition.image.empty();
}

/// network.
void parse_network(Section& top, Definition& definition, Reading& reading);

/// volumes, archives, git_sources, templates, attach.
void parse_storage(Section& top, Definition& definition, Reading& reading);

/// questions.
void parse_questions(Section& top, Definition& definition, Reading& reading);

/// dependencies.
void parse_dependencies(Section& top, Definition& definition, Reading& reading);

}  // namespace town::package

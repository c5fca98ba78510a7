// Carries out a program. Internal to this folder; each run on one thread.
#pragma once

#include <string>

#include "engine/template/program.h"

namespace town::tmpl {

/// What `program` prints for `data`. Throws TemplateError.
std::string run_program(const Program& program, const Value& data);

}  // namespace town::tmpl

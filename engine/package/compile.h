// The whole pipeline in one call, with every fault of every stage (package format 6): what a person
// gets to see when a package does not go in. Pure but for the chance in the context; any thread.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "engine/package/answers.h"
#include "engine/package/definition.h"
#include "engine/package/resolve.h"

namespace town::package {

struct Compiled {
  Definition definition;
  Answered answered;
  ResolvedPackage package;  ///< complete if there are no faults
  Diagnostics faults;       ///< of the file, of the answers ("responses.NAME"), of the result
  Diagnostics warnings;
};

/// Called between answering and resolving: may add variables to the box, and reports what it finds.
using PrepareBox = std::function<Diagnostics(const Definition& definition,
                                             const std::map<std::string, std::string>& values,
                                             ResolveContext& box)>;

/// Reads, answers and resolves. What is said at one stage is not said again at the next, nor are
/// its consequences. `box.unknown` is filled here.
Compiled compile(std::string_view yaml_text, const AnswerContext& answers, ResolveContext box);

/// The same for a file that was read before. `prepare` may be left out.
Compiled compile(Parsed parsed, const AnswerContext& answers, ResolveContext box,
                 const PrepareBox& prepare = {});

}  // namespace town::package

// Keeps secret answers out of what is said about a package: messages are shown, logged and sent to
// whoever asked. Pure; any thread.
#pragma once

#include <set>
#include <string>

#include "engine/package/answers.h"
#include "state/error.h"

namespace town::package {

/// What the secret questions (type secret, oauth) were answered with, given and made up.
std::set<std::string> secret_answers(const Definition& definition, const AnswerContext& context,
                                     const Answered& answered);

/// Puts *** for each of the secrets in each message, also where a quotation was cut off within one.
void mask(Diagnostics& faults, const std::set<std::string>& secrets);

}  // namespace town::package

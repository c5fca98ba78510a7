// repositories.json, as Town OS boxes have it. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "engine/requests.h"

namespace town {

/// Reads every shape found in the wild (package format 1.3): a list of objects
/// `{"name","url","username"?,"password"?}` and of pairs `["name","url"]`, mixed or not.
/// Credentials inside a URL are taken out of it; an empty name is taken from the URL. Throws
/// InvalidInput (reason InvalidRepositories) with every fault; fields are "0.url" and so on, and no
/// message repeats a password.
std::vector<AddRepository> read_repositories_json(const std::string& text);

/// A list of objects, passwords included: for a file that only we may read.
std::string write_repositories_json(const std::vector<AddRepository>& repositories);

}  // namespace town

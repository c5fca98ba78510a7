// What the handlers of several families share. Free functions; any thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <vector>

#include "api/dispatcher.h"
#include "api/services.h"

namespace town::api {

/// Who asks, through which hand: townctl names itself in User-Agent, all else is the dashboard.
Author author_of(const Call& call);

/// Submits one intent of these requests.
Accepted submit(Services& services, const Call& call, std::vector<town::Request> requests);

/// Submits, and waits for a short while until it is real. Throws what the loops say where they
/// cannot make it so; one that is merely still at work is left to them.
Accepted submit_and_wait(Services& services, const Call& call, std::vector<town::Request> requests);

/// Submits, and answers with a stream of progress that ends with {"done":true} or {"error":…}.
/// The intent stays when the client goes.
HttpResponse submit_with_progress(Services& services, const Call& call,
                                  std::vector<town::Request> requests);

/// The stream alone, for an intent that was accepted. The texts in `about.words` are sent as steps
/// first, the rest of `about` goes into the last event.
HttpResponse progress_of(Services& services, Accepted accepted, nlohmann::json about);

/// What a repository is declared as; credentials in its URL are taken out of it. Throws
/// InvalidInput.
RepositorySpec repository_spec(const AddRepository& wanted);

/// Clones a repository, declares it, and waits until its packages are in the catalogue. Nothing is
/// stored where it cannot be reached. Error{conflict, RepositoryExists} for a taken name.
void declare_repository(Services& services, const Call& call, AddRepository wanted);

/// `package/<repo>/<name>`.
Key package_key(const std::string& repo, const std::string& name);

/// The installed package at that key; null where there is none or it is being removed.
ResourcePtr installed_package(const Graph& graph, const std::string& repo, const std::string& name);
/// The same; Error{not_found, NotInstalled} where there is none, or where `version` is another.
ResourcePtr require_installed(const Graph& graph, const std::string& repo, const std::string& name,
                              const std::string& version);

/// Versions that have volumes below `stem` ("uninstalled/<repo>/<name>/"): the folder that follows.
/// Those of dependencies lie in a folder of their own and do not count.
std::set<std::string> versions_below(const Graph& graph, const std::string& stem);

/// Value of a setting as it is in force, default or stored; "" where there is neither.
std::string setting_of(const Graph& graph, const std::string& key);

/// {total, used, available} in bytes.
nlohmann::json to_json(const DiskFigures& disk);

}  // namespace town::api

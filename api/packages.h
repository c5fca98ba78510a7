// The catalogue and what is installed, side by side, as lists show them. Pure; any thread.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "engine/package/definition.h"
#include "engine/repositories/catalog.h"
#include "engine/upgrades.h"
#include "state/graph.h"

namespace town::api {

/// Installed packages, those being removed left out, by key.
std::vector<ResourcePtr> installed_packages(const Graph& graph);

/// The newest offer of a name that can be installed: in one repository, or, where that is empty,
/// over all of them; a later repository wins only where the versions are equal. Null for none.
OfferPtr newest_offer(const Catalog& catalog, const std::string& repo, const std::string& name);

/// "repo/name@version".
std::string identity(const std::string& repo, const std::string& name, const std::string& version);

/// An array of package entries, one a name, by identity: what repositories offer, and what is
/// installed although nobody offers it. With a `featured` member where it is.
nlohmann::json package_entries(const Graph& graph, const Catalog& catalog);

/// {repo, packages:[{repo,name,version}], featured?} per repository, the one that wins first.
nlohmann::json by_repository(const Catalog& catalog, const std::string& search, bool featured_only);

/// What a dismissal stores: SHA-256 over "repo/name@installed->latest\n" per upgrade.
std::string upgrades_hash(const std::vector<Upgrade>& upgrades);

/// Name -> {query, type?, default?, optional?, show_if?}; defaults are texts.
nlohmann::json questions_json(const package::Definition& definition);

/// The definition that an installed package keeps.
package::Definition definition_of(const PackageSpec& spec);

/// Question -> answer. Unless `reveal`, the answers to questions of type secret and oauth, and to
/// those that the definition does not know, are "***".
nlohmann::json answers_json(const std::map<std::string, Secret>& answers,
                            const package::Definition& definition, bool reveal);

/// The answers of a package, and of all that it brought along, that only administrators may see.
std::vector<std::string> secrets_of(const PackageSpec& spec);

/// `text` with each of them as "***".
std::string masked(std::string text, const std::vector<std::string>& secrets);

/// {questions, responses, notes, note_types?} of an installed package; notes compiled. Unless
/// `reveal`, secrets are masked, in notes by their text.
nlohmann::json installed_info(const PackageSpec& spec, const std::string& tld,
                              const std::string& internal_host, const std::string& external_host,
                              bool reveal);

}  // namespace town::api

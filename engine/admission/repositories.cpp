#include <algorithm>

#include "engine/admission/admission.h"
#include "engine/git/url.h"
#include "engine/package/names.h"

namespace town {
namespace {

/// Names in stored order.
std::vector<std::pair<std::string, RepositorySpec>> in_order(const Draft& draft) {
  std::vector<std::pair<std::string, RepositorySpec>> list;
  for (auto& [key, spec] : draft.all(Kind::repository)) {
    list.emplace_back(key.name, std::get<RepositorySpec>(spec));
  }
  std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) {
    return a.second.position < b.second.position;
  });
  return list;
}

/// Positions are always 0, 1, 2, …
void store_order(Draft& draft, std::vector<std::pair<std::string, RepositorySpec>> list) {
  int position = 0;
  for (auto& [name, spec] : list) {
    spec.position = position++;
    draft.put({Kind::repository, name}, std::move(spec));
  }
}

auto find_named(std::vector<std::pair<std::string, RepositorySpec>>& list,
                const std::string& name) {
  const auto found = std::find_if(list.begin(), list.end(),
                                  [&](const auto& entry) { return entry.first == name; });
  if (found == list.end()) {
    throw Error(Code::not_found, "RepositoryNotFound", "there is no repository called " + name);
  }
  return found;
}

}  // namespace

void admit(const AddRepository& request, Draft& draft) {
  const auto url = parse_repository_url(request.url);
  const auto name =
      request.name.empty() ? repository_name_from_url(url.url_without_credentials) : request.name;
  Diagnostics faults;
  if (!package::valid_repo_name(name)) {
    faults.push_back({"name",
                      "\"" + name +
                          "\" cannot be the name of a repository: use letters, digits, "
                          "dots, hyphens and underscores",
                      0});
  }
  if (request.username.empty() != request.password.empty()) {
    faults.push_back({request.username.empty() ? "username" : "password",
                      "user name and password go together: give both or neither", 0});
  }
  if (!faults.empty()) throw InvalidInput("InvalidRepository", std::move(faults));
  RepositorySpec spec;
  spec.url = url.url_without_credentials;
  spec.username = request.username.empty() ? url.username : request.username;
  spec.password = request.username.empty() ? url.password : request.password;
  const Key key{Kind::repository, name};
  auto list = in_order(draft);
  draft.about(key);
  if (const auto* there = draft.find<RepositorySpec>(key)) {
    spec.position = there->position;
    if (*there == spec) return;
    throw Error(Code::conflict, "RepositoryExists", "there is already a repository called " + name);
  }
  require_room(draft);
  spec.position = static_cast<int>(list.size());
  draft.say("add repository " + name + " from " + spec.url);
  draft.put(key, std::move(spec));
}

void admit(const RemoveRepository& request, Draft& draft) {
  auto list = in_order(draft);
  list.erase(find_named(list, request.name));
  draft.say("remove repository " + request.name + "; what is installed from it stays");
  draft.about({Kind::repository, request.name});
  draft.remove({Kind::repository, request.name});
  store_order(draft, std::move(list));
}

void admit(const MoveRepository& request, Draft& draft) {
  auto list = in_order(draft);
  const auto found = find_named(list, request.name);
  auto entry = std::move(*found);
  list.erase(found);
  const auto position = std::clamp(request.position, 0, static_cast<int>(list.size()));
  list.insert(list.begin() + position, std::move(entry));
  draft.say("move repository " + request.name + " to place " + std::to_string(position + 1));
  draft.about({Kind::repository, request.name});
  store_order(draft, std::move(list));
}

}  // namespace town

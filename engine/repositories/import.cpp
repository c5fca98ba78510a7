#include "engine/repositories/import.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "engine/git/url.h"
#include "engine/package/names.h"
#include "state/error.h"

namespace town {

namespace {

using nlohmann::json;

constexpr std::size_t kLargestText = 1'000'000;

/// One entry of the list, with the faults found in it under "<index>.<field>".
class Item {
 public:
  Item(std::size_t index, Diagnostics& faults) : index_(index), faults_(faults) {}

  AddRepository read(const json& value);

 private:
  void fault(const std::string& field, const std::string& message) {
    faults_.push_back({fmt::format("{}{}", index_, field.empty() ? "" : "." + field), message, 0});
  }
  std::string text(const json& object, const char* field);
  void read_pair(const json& pair, AddRepository& entry);
  void settle(AddRepository& entry);

  std::size_t index_;
  Diagnostics& faults_;
};

std::string Item::text(const json& object, const char* field) {
  const auto found = object.find(field);
  if (found == object.end() || found->is_null()) return {};
  if (found->is_string()) return found->get<std::string>();
  fault(field, "must be a text");
  return {};
}

void Item::read_pair(const json& pair, AddRepository& entry) {
  if (pair.size() != 2 || !pair[0].is_string() || !pair[1].is_string()) {
    return fault("", "must be a pair of texts, name and URL");
  }
  entry.name = pair[0].get<std::string>();
  entry.url = pair[1].get<std::string>();
  settle(entry);
}

AddRepository Item::read(const json& value) {
  AddRepository entry;
  if (value.is_array()) {
    read_pair(value, entry);
  } else if (value.is_object()) {
    entry.name = text(value, "name");
    entry.url = text(value, "url");
    entry.username = text(value, "username");
    entry.password = Secret(text(value, "password"));
    settle(entry);
  } else {
    fault("", "must be an object with name and url, or a pair of them");
  }
  return entry;
}

// Fields count before what the URL carries.
void Item::settle(AddRepository& entry) {
  try {
    auto url = parse_repository_url(entry.url);
    entry.url = url.url_without_credentials;
    if (entry.username.empty() && entry.password.empty()) {
      entry.username = std::move(url.username);
      entry.password = std::move(url.password);
    }
  } catch (const InvalidInput& invalid) {
    for (const auto& one : invalid.faults()) fault(one.field, one.message);
    entry.url.clear();
    return;
  }
  // "ssh://git@host/path" names an account whose key is known there; no password belongs to it.
  const bool by_key = entry.url.starts_with("ssh://") && entry.password.empty();
  if (entry.username.empty() != entry.password.empty() && !by_key) {
    fault(entry.username.empty() ? "username" : "password",
          "user name and password must be given together");
  }
  if (entry.name.empty()) entry.name = repository_name_from_url(entry.url);
  if (!package::valid_repo_name(entry.name)) {
    fault("name", "must be letters, digits, '.', '_' and '-', and begin with a letter or digit");
  }
}

void check_names(const std::vector<AddRepository>& entries, Diagnostics& faults) {
  std::set<std::string> seen;
  for (std::size_t index = 0; index < entries.size(); ++index) {
    const auto& name = entries[index].name;
    if (!name.empty() && !seen.insert(name).second) {
      faults.push_back({fmt::format("{}.name", index), "is in the list twice", 0});
    }
  }
}

}  // namespace

std::vector<AddRepository> read_repositories_json(const std::string& text) {
  const auto list =
      text.size() > kLargestText ? json() : json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!list.is_array()) {
    throw InvalidInput("InvalidRepositories",
                       {{"", "must be a JSON list of repositories, of at most 1 MB", 0}});
  }
  Diagnostics faults;
  std::vector<AddRepository> entries;
  for (std::size_t index = 0; index < list.size(); ++index) {
    entries.push_back(Item(index, faults).read(list[index]));
  }
  check_names(entries, faults);
  if (!faults.empty()) throw InvalidInput("InvalidRepositories", std::move(faults));
  return entries;
}

std::string write_repositories_json(const std::vector<AddRepository>& repositories) {
  auto list = json::array();
  for (const auto& entry : repositories) {
    json object = {{"name", entry.name}, {"url", entry.url}};
    if (!entry.username.empty()) object["username"] = entry.username;
    if (!entry.password.empty()) object["password"] = entry.password.reveal();
    list.push_back(std::move(object));
  }
  return list.dump(2) + "\n";
}

}  // namespace town

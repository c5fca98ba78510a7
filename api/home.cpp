#include "api/home.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/package/nearest.h"
#include "engine/package/size.h"

namespace town::api {
namespace {

using Json = nlohmann::json;
using Names = std::vector<std::string_view>;

std::string unknown_key(std::string_view key, const Names& known) {
  const auto nearest = package::nearest(key, known);
  if (nearest.empty()) return "is no key of a home document";
  return "is no key of a home document; did you mean " + std::string(nearest) + "?";
}

/// One mapping of the document, and the faults of all of it.
class Part {
 public:
  Part(const Json& value, std::string path, const Names& known, Diagnostics& faults)
      : value_(value), path_(std::move(path)), faults_(faults) {
    if (!value_.is_object()) {
      faults_.push_back({path_, "must be a mapping"});
      return;
    }
    for (const auto& [key, member] : value_.items()) {
      if (std::find(known.begin(), known.end(), key) == known.end()) {
        faults_.push_back({field(key), unknown_key(key, known)});
      }
    }
  }

  [[nodiscard]] std::string field(const std::string& name) const {
    return path_.empty() ? name : path_ + "." + name;
  }

  [[nodiscard]] const Json* find(const char* name) const {
    if (!value_.is_object()) return nullptr;
    const auto found = value_.find(name);
    return found == value_.end() || found->is_null() ? nullptr : &*found;
  }

  std::string text(const char* name) {
    const auto* value = find(name);
    return value == nullptr ? std::string() : scalar(*value, field(name));
  }

  std::string required(const char* name) {
    if (find(name) == nullptr) {
      faults_.push_back({field(name), "is required"});
      return {};
    }
    auto value = text(name);
    const auto* given = find(name);
    if (value.empty() && given->is_string()) {
      faults_.push_back({field(name), "must not be empty"});
    }
    return value;
  }

  std::optional<bool> flag(const char* name) {
    const auto* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (value->is_boolean()) return value->get<bool>();
    if (*value == "true") return true;
    if (*value == "false") return false;
    faults_.push_back({field(name), "must be true or false"});
    return std::nullopt;
  }

  std::map<std::string, std::string> texts(const char* name) {
    const auto* value = find(name);
    if (value == nullptr) return {};
    std::map<std::string, std::string> all;
    if (!value->is_object()) {
      faults_.push_back({field(name), "must be a mapping"});
      return all;
    }
    for (const auto& [key, member] : value->items()) {
      all.emplace(key, member.is_null() ? "" : scalar(member, field(name) + "." + key));
    }
    return all;
  }

  std::optional<std::uint64_t> size(const std::string& at, const std::string& text) {
    const auto bytes = package::parse_size(text);
    if (!bytes) {
      faults_.push_back({at, "\"" + text +
                                 "\" is not a size: give bytes, or a whole number with mb, gb or "
                                 "tb, such as 50gb"});
    }
    return bytes;
  }

 private:
  /// A number or a truth of a JSON document is as good as its text.
  std::string scalar(const Json& value, const std::string& at) {
    if (value.is_string()) return value.get<std::string>();
    if (value.is_number_integer() || value.is_boolean()) return value.dump();
    faults_.push_back({at, "must be a text"});
    return {};
  }

  const Json& value_;
  std::string path_;
  Diagnostics& faults_;
};

HomeRepository repository_of(const Json& value, const std::string& path, Diagnostics& faults) {
  const auto before = faults.size();
  Part part(value, path, {"name", "url", "username", "password"}, faults);
  HomeRepository repository{part.required("name"), part.required("url"), part.text("username"),
                            Secret(part.text("password"))};
  if (repository.username.empty() != repository.password.empty()) {
    faults.push_back({part.field(repository.username.empty() ? "username" : "password"),
                      "user name and password go together: give both or neither"});
  }
  repository.readable = faults.size() == before;
  return repository;
}

HomePackage package_of(const Json& value, const std::string& path, Diagnostics& faults) {
  const auto before = faults.size();
  Part part(value, path,
            {"name", "repo", "version", "track_latest", "responses", "instance", "enabled",
             "stopped", "quotas"},
            faults);
  HomePackage package;
  package.name = part.required("name");
  package.repo = part.text("repo");
  const auto version = part.text("version");
  if (!version.empty()) package.version = version;
  package.track_latest = part.flag("track_latest").value_or(package.version == "latest");
  package.responses = part.texts("responses");
  package.instance = part.text("instance");
  package.enabled = part.flag("enabled");
  package.stopped = part.flag("stopped");
  package.readable = faults.size() == before;
  for (const auto& [volume, text] : part.texts("quotas")) {
    const auto at = part.field("quotas") + "." + volume;
    if (const auto bytes = part.size(at, text)) package.quotas.emplace(volume, *bytes);
  }
  return package;
}

HomeVolume volume_of(const Json& value, const std::string& path, Diagnostics& faults) {
  const auto before = faults.size();
  Part part(value, path, {"name", "quota"}, faults);
  HomeVolume volume{part.required("name"), std::nullopt};
  const auto quota = part.text("quota");
  if (quota == "none") {
    volume.quota = 0;
  } else if (!quota.empty()) {
    const auto bytes = part.size(part.field("quota"), quota);
    if (bytes && *bytes > 0) volume.quota = bytes;
  }
  volume.readable = faults.size() == before;
  return volume;
}

/// Each item of a list, and a fault for a second one of the same name.
template <typename Item, typename Read, typename Name>
std::vector<Item> items_of(const Part& root, const char* list, const Read& read, const Name& name,
                           Diagnostics& faults) {
  std::vector<Item> items;
  const auto* value = root.find(list);
  if (value == nullptr) return items;
  if (!value->is_array()) {
    faults.push_back({list, "must be a list"});
    return items;
  }
  std::set<std::string> names;
  for (std::size_t at = 0; at < value->size(); ++at) {
    const auto path = std::string(list) + "[" + std::to_string(at) + "]";
    items.push_back(read((*value)[at], path, faults));
    const auto called = name(items.back());
    if (!called.empty() && !names.insert(called).second) {
      faults.push_back({path + ".name", called + " is named twice"});
    }
  }
  return items;
}

}  // namespace

std::string HomePackage::effective_name() const {
  return instance.empty() ? name : name + "-" + instance;
}

Home parse_home(const Json& document, Diagnostics& faults) {
  Home home;
  Part root(document, "", {"repositories", "packages", "volumes", "settings"}, faults);
  home.repositories = items_of<HomeRepository>(
      root, "repositories", repository_of, [](const auto& item) { return item.name; }, faults);
  home.packages = items_of<HomePackage>(
      root, "packages", package_of, [](const auto& item) { return item.effective_name(); }, faults);
  home.volumes = items_of<HomeVolume>(
      root, "volumes", volume_of, [](const auto& item) { return item.name; }, faults);
  home.settings = root.texts("settings");
  return home;
}

Home parse_home(const Json& document) {
  Diagnostics faults;
  auto home = parse_home(document, faults);
  if (!faults.empty()) throw InvalidInput("InvalidHome", std::move(faults));
  return home;
}

}  // namespace town::api

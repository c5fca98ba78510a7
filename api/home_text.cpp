// The second half of home.h: from YAML, and back to a document.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/home.h"
#include "engine/repositories/declared.h"
#include "engine/yaml.h"

namespace town::api {
namespace {

using Json = nlohmann::json;

Json json_of(const yaml::Node& node, const std::string& path, std::map<std::string, int>& lines) {
  lines.emplace(path, node.line);
  switch (node.type) {
    case yaml::Node::Type::null:
      return nullptr;
    case yaml::Node::Type::scalar:
      return node.scalar;
    case yaml::Node::Type::sequence:
      break;
    case yaml::Node::Type::mapping: {
      Json object = Json::object();
      for (const auto& [key, value] : node.entries) {
        const auto below = path.empty() ? key.scalar : path + "." + key.scalar;
        lines.emplace(below, key.line);
        object[key.scalar] = json_of(value, below, lines);
      }
      return object;
    }
  }
  Json array = Json::array();
  for (std::size_t at = 0; at < node.items.size(); ++at) {
    array.push_back(json_of(node.items[at], path + "[" + std::to_string(at) + "]", lines));
  }
  return array;
}

Json repositories_of(const Graph& graph) {
  Json all = Json::array();
  for (const auto& [id, name, spec, generation] : declared_repositories(graph)) {
    Json entry = {{"name", name}, {"url", spec.url}};
    if (!spec.username.empty()) {
      entry["username"] = spec.username;
      entry["password"] = spec.password.reveal();
    }
    all.push_back(std::move(entry));
  }
  return all;
}

Json package_entry(const PackageSpec& spec) {
  Json entry = {{"name", spec.package}, {"repo", spec.repo}, {"version", spec.version}};
  if (spec.track_latest) entry["track_latest"] = true;
  if (spec.name != spec.package) entry["instance"] = spec.name.substr(spec.package.size() + 1);
  for (const auto& [question, answer] : spec.responses) {
    entry["responses"][question] = answer.reveal();
  }
  for (const auto& [volume, bytes] : spec.quotas) {
    entry["quotas"][volume] = std::to_string(bytes);
  }
  if (!spec.enabled) entry["enabled"] = false;
  if (spec.stopped) entry["stopped"] = true;
  return entry;
}

}  // namespace

HomeText read_home(std::string_view yaml_text) {
  HomeText text;
  text.document = json_of(yaml::parse(yaml_text), "", text.lines);
  if (text.document.is_null()) text.document = Json::object();
  return text;
}

Diagnostics with_lines(Diagnostics faults, const std::map<std::string, int>& lines) {
  for (auto& fault : faults) {
    if (fault.line != 0) continue;
    auto field = fault.field;
    while (!field.empty() && !lines.contains(field)) {
      const auto cut = field.find_last_of(".[");
      field = cut == std::string::npos ? std::string() : field.substr(0, cut);
    }
    const auto found = lines.find(field);
    if (found != lines.end()) fault.line = found->second;
  }
  return faults;
}

Json export_home(const Graph& graph) {
  Json packages = Json::array();
  for (const auto& resource : graph.of(Kind::package)) {
    const bool shown = resource->declared() && !resource->deleting;
    if (shown) packages.push_back(package_entry(std::get<PackageSpec>(resource->spec)));
  }
  Json volumes = Json::array();
  constexpr std::string_view kUser = "user/";
  for (const auto& resource : graph.of(Kind::volume)) {
    const auto& spec = std::get<VolumeSpec>(resource->spec);
    const bool own = resource->declared() && !resource->deleting && spec.path.starts_with(kUser);
    if (!own) continue;
    volumes.push_back({{"name", spec.path.substr(kUser.size())},
                       {"quota", spec.quota == 0 ? "none" : std::to_string(spec.quota)}});
  }
  Json settings = Json::object();
  for (const auto& resource : graph.of(Kind::setting)) {
    if (resource->deleting) continue;
    settings[resource->key.name] = std::get<SettingSpec>(resource->spec).value;
  }
  return {{"repositories", repositories_of(graph)},
          {"packages", std::move(packages)},
          {"volumes", std::move(volumes)},
          {"settings", std::move(settings)}};
}

}  // namespace town::api

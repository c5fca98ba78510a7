#include "engine/template/data.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "state/error.h"

namespace town::tmpl {
namespace {

using Json = nlohmann::json;

[[noreturn]] void fail(const std::string& message) {
  throw Error(Code::invalid, "DataInvalid", message);
}

Value make_map(const std::optional<TextMap>& texts) {
  Map map;
  map.type = "map[string]string";
  map.missing = make_text("");
  map.is_nil = !texts.has_value();
  if (texts) {
    for (const auto& [key, text] : *texts) map.entries.emplace(key, make_text(text));
  }
  return std::make_shared<const Map>(std::move(map));
}

Value make_struct(std::string type, std::vector<std::pair<std::string, Value>> fields) {
  Struct object;
  object.type = std::move(type);
  object.fields = std::move(fields);
  for (const auto& [name, value] : object.fields) {
    if (std::holds_alternative<MapRef>(value)) object.comparable = false;
  }
  return std::make_shared<const Struct>(std::move(object));
}

Value make_dependency(const DependencyData& data) {
  return make_struct("main.Dep", {{"Host", make_text(data.host)},
                                  {"Ports", make_map(data.ports)},
                                  {"Volumes", make_map(data.volumes)}});
}

/// The object under `key`, null where there is none.
const Json* object_at(const Json& parent, const std::string& path, const char* key) {
  const auto found = parent.find(key);
  if (found == parent.end() || found->is_null()) return nullptr;
  if (!found->is_object())
    fail(fmt::format("{}{} is {} where an object should be", path, key, found->type_name()));
  return &*found;
}

std::string text_in(const Json& value, const std::string& path) {
  if (value.is_null()) return {};
  if (!value.is_string())
    fail(fmt::format("{} is {} where a text should be", path, value.type_name()));
  return value.get<std::string>();
}

std::string text_at(const Json* object, const std::string& path, const char* key) {
  if (object == nullptr || !object->contains(key)) return {};
  return text_in(object->at(key), path + "." + key);
}

std::optional<TextMap> texts_at(const Json& parent, const std::string& path, const char* key) {
  const auto* object = object_at(parent, path, key);
  if (object == nullptr) return std::nullopt;
  TextMap texts;
  for (const auto& [name, value] : object->items())
    texts.emplace(name, text_in(value, fmt::format("{}{}.{}", path, key, name)));
  return texts;
}

std::map<std::string, DependencyData> dependencies_in(const Json& object) {
  std::map<std::string, DependencyData> dependencies;
  for (const auto& [key, value] : object.items()) {
    auto& dependency = dependencies[key];
    if (value.is_null()) continue;
    const auto path = "Dep." + key;
    if (!value.is_object())
      fail(fmt::format("{} is {} where an object should be", path, value.type_name()));
    dependency.host = text_at(&value, path, "Host");
    dependency.ports = texts_at(value, path + ".", "Ports");
    dependency.volumes = texts_at(value, path + ".", "Volumes");
  }
  return dependencies;
}

}  // namespace

Value make_data(const TemplateData& data) {
  Map top;
  top.type = "map[string]interface {}";
  top.entries["Responses"] = make_map(data.responses);
  const auto& package = data.package;
  top.entries["Package"] =
      make_struct("main.Package", {{"Name", make_text(package.name)},
                                   {"Version", make_text(package.version)},
                                   {"Repo", make_text(package.repo)},
                                   {"Image", make_text(package.image)},
                                   {"Description", make_text(package.description)}});
  top.entries["System"] =
      make_struct("main.System", {{"Hostname", make_text(data.system.hostname)},
                                  {"ExternalIP", make_text(data.system.external_ip)},
                                  {"InternalIP", make_text(data.system.internal_ip)}});
  if (data.dependencies) {
    Map dependencies;
    dependencies.type = "map[string]main.Dep";
    dependencies.missing = make_dependency({});
    for (const auto& [key, dependency] : *data.dependencies)
      dependencies.entries.emplace(key, make_dependency(dependency));
    top.entries["Dep"] = std::make_shared<const Map>(std::move(dependencies));
  }
  return std::make_shared<const Map>(std::move(top));
}

TemplateData data_from_json(std::string_view json) {
  Json top;
  try {
    top = Json::parse(json);
  } catch (const Json::exception& error) {
    // The library's own number stands before its sentence.
    const std::string_view sentence = error.what();
    fail(fmt::format("the data is no JSON: {}", sentence.substr(sentence.find(']') + 2)));
  }
  if (!top.is_object())
    fail(fmt::format("the data is {} where an object should be", top.type_name()));
  TemplateData data;
  data.responses = texts_at(top, "", "Responses");
  const auto* package = object_at(top, "", "Package");
  data.package = {text_at(package, "Package", "Name"), text_at(package, "Package", "Version"),
                  text_at(package, "Package", "Repo"), text_at(package, "Package", "Image"),
                  text_at(package, "Package", "Description")};
  const auto* system = object_at(top, "", "System");
  data.system = {text_at(system, "System", "Hostname"), text_at(system, "System", "ExternalIP"),
                 text_at(system, "System", "InternalIP")};
  if (const auto* dependencies = object_at(top, "", "Dep"))
    data.dependencies = dependencies_in(*dependencies);
  return data;
}

}  // namespace town::tmpl

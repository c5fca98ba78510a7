// What a package's file template is given to look into (package format, section 9). Values; any
// thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "engine/template/value.h"

namespace town::tmpl {

/// `.Package`. `name` is the effective name.
struct PackageData {
  std::string name;
  std::string version;
  std::string repo;
  std::string image;
  std::string description;
};

/// `.System`; empty where unknown.
struct SystemData {
  std::string hostname;
  std::string external_ip;
  std::string internal_ip;
};

using TextMap = std::map<std::string, std::string, std::less<>>;

/// `.Dep.<key>`.
struct DependencyData {
  std::string host;                ///< container name
  std::optional<TextMap> ports;    ///< container port, and lower-cased name -> port
  std::optional<TextMap> volumes;  ///< shareable volume -> mount point
};

/// The whole of it. Maps that are not set are Go's nil maps, which can be told from empty ones.
struct TemplateData {
  std::optional<TextMap> responses;
  PackageData package;
  SystemData system;
  std::optional<std::map<std::string, DependencyData>> dependencies;
};

/// What templates see of it: a map with Responses, Package, System and, where it is set, Dep.
Value make_data(const TemplateData& data);

/// Reads `{"Responses":{…},"Package":{…},"System":{…},"Dep":{…}}`; all may be missing, other names
/// are not looked at. Throws Error (invalid, DataInvalid) for what is not JSON or not of this
/// shape.
TemplateData data_from_json(std::string_view json);

}  // namespace town::tmpl

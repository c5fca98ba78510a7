#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "engine/package/names.h"
#include "engine/package/parse.h"
#include "engine/package/references.h"
#include "engine/package/rules.h"
#include "engine/package/substitute.h"
#include "engine/package/text.h"

namespace town::package {
namespace {

void parse_expose(Section& section, Reading& reading, DependencyDeclaration& dependency) {
  section.each("expose",
               [&](const yaml::Node& name, const yaml::Node& value, const std::string& path) {
                 if (auto fault = check_volume_name(name.scalar); !fault.empty())
                   reading.fault(path, std::move(fault), name.line);
                 Section inner(&value, path, reading, name.line);
                 ExposeDeclaration expose;
                 expose.path = inner.required("path", "say where the volume is mounted");
                 expose.readonly = inner.flag("readonly", true);
                 inner.finish();
                 dependency.expose.emplace(name.scalar, std::move(expose));
               });
}

void parse_consume(Section& section, Reading& reading, DependencyDeclaration& dependency) {
  section.each_item("consume", [&](const yaml::Node& item, const std::string& path) {
    Section inner(&item, path, reading, item.line);
    ConsumeDeclaration consume;
    consume.from = inner.required("from", "name the dependency that has the volume");
    consume.volume = inner.required("volume", "name its volume");
    consume.path = inner.required("path", "say where the volume is mounted");
    consume.readonly = inner.flag("readonly", false);
    if (!consume.volume.empty())
      if (auto fault = check_volume_name(consume.volume); !fault.empty())
        inner.fault("volume", std::move(fault));
    inner.finish();
    dependency.consume.push_back(std::move(consume));
  });
}

DependencyDeclaration parse_dependency(Section& section, Reading& reading) {
  DependencyDeclaration dependency;
  dependency.package = section.required("package", "name the package that is needed");
  dependency.repo = section.text("repo");
  dependency.version = section.text("version");
  for (const auto& [key, text] : {std::pair{"package", &dependency.package},
                                  {"repo", &dependency.repo},
                                  {"version", &dependency.version}})
    if (!text->empty())
      if (auto fault = check_segment(*text); !fault.empty()) section.fault(key, std::move(fault));
  for (auto& [name, value] : section.text_map("responses"))
    dependency.responses.emplace(std::move(name), std::move(value));
  parse_expose(section, reading, dependency);
  parse_consume(section, reading, dependency);
  dependency.post_install = parse_commands(section, reading, "post_install");
  return dependency;
}

/// `consume` names siblings, and no path twice in one dependency.
void check_consumes(const Definition& definition, Reading& reading,
                    const std::map<std::string, int>& lines) {
  for (const auto& [key, dependency] : definition.dependencies) {
    std::set<std::string> paths;
    const int line = lines.at(key);
    for (std::size_t i = 0; i < dependency.consume.size(); ++i) {
      const auto& consume = dependency.consume[i];
      const auto field = fmt::format("dependencies.{}.consume[{}]", key, i);
      if (consume.from == key)
        reading.fault(field + ".from", "must be another dependency, not this one", line);
      else if (!consume.from.empty() && !definition.dependencies.contains(consume.from))
        reading.fault(field + ".from",
                      fmt::format("there is no dependency \"{}\"", consume.from.substr(0, 60)),
                      line);
      if (!consume.path.empty() && !paths.insert(plain_path(consume.path)).second)
        reading.fault(field + ".path", "is used for another volume of this dependency", line);
    }
  }
}

}  // namespace

void parse_dependencies(Section& top, Definition& definition, Reading& reading) {
  std::map<std::string, int> lines;
  std::set<std::string> lower;
  top.each("dependencies",
           [&](const yaml::Node& name, const yaml::Node& value, const std::string& path) {
             if (!valid_dependency_key(name.scalar))
               reading.fault(path, "is no key for a dependency: letters, digits and _, at most 63",
                             name.line);
             else if (!lower.insert(to_lower(name.scalar)).second)
               reading.fault(path, "differs from another dependency in upper and lower case only",
                             name.line);
             Section section(&value, path, reading, name.line);
             auto dependency = parse_dependency(section, reading);
             section.finish();
             lines.emplace(name.scalar, name.line);
             definition.dependencies.emplace(name.scalar, std::move(dependency));
           });
  check_consumes(definition, reading, lines);
  for (const auto& key : order_dependencies(definition).cyclic)
    reading.fault(fmt::format("dependencies.{}", key),
                  "is part of a circle: each of them needs another one to be there first",
                  lines.at(key));
}

}  // namespace town::package

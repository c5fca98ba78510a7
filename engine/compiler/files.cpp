#include "engine/compiler/files.h"

#include "engine/package/names.h"
#include "engine/package/substitute.h"
#include "engine/package/text.h"
#include "engine/template/data.h"
#include "engine/template/template.h"

namespace town {
namespace {

tmpl::DependencyData dependency_data(const package::ResolvedPackage& package) {
  tmpl::DependencyData data;
  data.host = package::container_name(package.repo, package.name, package.version);
  auto& ports = data.ports.emplace();
  for (const auto& port : package.ports) {
    const auto number = std::to_string(port.container);
    ports[number] = number;
    if (!port.name.empty()) ports[package::to_lower(port.name)] = number;
  }
  auto& volumes = data.volumes.emplace();
  for (const auto& volume : package.volumes) {
    if (volume.shareable) volumes[volume.name] = volume.mountpoint;
  }
  return data;
}

tmpl::Value data_of(const package::Tree& tree, const CompileFacts& facts) {
  const auto& package = tree.compiled.package;
  tmpl::TemplateData data;
  auto& responses = data.responses.emplace();
  for (const auto& [question, answer] : tree.compiled.answered.answers) {
    responses[question] = answer;
  }
  data.package = {package.name, package.version, package.repo, package.image, package.description};
  data.system = {facts.hostname, facts.external_host, facts.internal_host};
  auto& dependencies = data.dependencies.emplace();
  for (const auto& [key, child] : tree.dependencies) {
    dependencies[key] = dependency_data(child.compiled.package);
  }
  return tmpl::make_data(data);
}

}  // namespace

std::map<std::string, std::map<std::string, Secret>> rendered_files(const package::Tree& tree,
                                                                    const CompileFacts& facts,
                                                                    Diagnostics& faults) {
  std::map<std::string, std::map<std::string, Secret>> files;
  const auto& package = tree.compiled.package;
  if (package.templates.empty()) return files;
  const auto data = data_of(tree, facts);
  const auto substitute = [&](std::string_view text) {
    return package::substitute(text, package.variables);
  };
  for (const auto& [name, file] : package.templates) {
    try {
      const auto made = tmpl::Template::parse(name, file.source).with_text(substitute);
      files[file.volume].insert_or_assign(file.path, Secret(made.render(data)));
    } catch (const tmpl::TemplateError& error) {
      faults.push_back({"templates." + name + ".content", error.what(), 0});
    }
  }
  return files;
}

}  // namespace town

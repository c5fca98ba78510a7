#include "engine/package/fields.h"

namespace town::package {
namespace {

void visit_list(std::string_view section, std::vector<std::string>& list, Rule rule,
                const FieldVisitor& visit) {
  for (std::size_t i = 0; i < list.size(); ++i) visit({section, i}, list[i], rule);
}

void visit_runtime(Definition& definition, const FieldVisitor& visit) {
  if (definition.image_is_map)
    visit({"image", "url"}, definition.image, check_image);
  else
    visit({"image"}, definition.image, check_image);
  visit_list("entrypoint", definition.entrypoint, check_line, visit);
  visit_list("command", definition.command, check_line, visit);
  for (auto& [key, value] : definition.environment) visit({"environment", key}, value, check_line);
  visit_list("post_update", definition.post_update, check_filled, visit);
  visit_list("post_install", definition.post_install, check_filled, visit);
  if (definition.vm) {
    visit({"vm", "image"}, definition.vm->image, check_vm_image);
    visit({"vm", "memory"}, definition.vm->memory, check_memory);
  }
  if (!definition.proton) return;
  ProtonDeclaration& proton = *definition.proton;
  visit({"proton", "app_image"}, proton.app_image, check_image);
  visit({"proton", "app_directory"}, proton.app_directory, check_absolute);
  visit({"proton", "volume"}, proton.volume, check_filled);
  visit({"proton", "exe"}, proton.exe, check_filled);
  for (std::size_t i = 0; i < proton.args.size(); ++i)
    visit({"proton", "args", i}, proton.args[i], check_line);
}

void visit_network(NetworkDeclaration& network, const FieldVisitor& visit) {
  for (auto& port : network.ports) {
    const std::string_view map = port.external ? "external" : "internal";
    // The path keeps the key as written while the visitor changes it.
    const std::string key = port.key;
    visit({"network", map, key}, port.key, check_port_key);
    visit({"network", map, key}, port.container, check_port);
  }
  for (std::size_t i = 0; i < network.domains.size(); ++i)
    visit({"network", "domains", i}, network.domains[i], check_domain_if_any);
  for (std::size_t i = 0; i < network.direct.size(); ++i)
    visit({"network", "direct", i}, network.direct[i], check_port_key);
  for (auto& mode : network.tls_mode) {
    const std::string key = mode.key;
    visit({"network", "tls_mode", key}, mode.key, check_port_key);
  }
}

void visit_storage(Definition& definition, const FieldVisitor& visit) {
  for (auto& [name, volume] : definition.volumes) {
    visit({"volumes", name, "mountpoint"}, volume.mountpoint, check_mountpoint);
    visit({"volumes", name, "quota"}, volume.quota, check_size);
    visit({"volumes", name, "archive"}, volume.archive, check_file_name_if_any);
    visit({"volumes", name, "git"}, volume.git, check_git_url_if_any);
  }
  for (std::size_t i = 0; i < definition.git_sources.size(); ++i) {
    GitSourceDeclaration& source = definition.git_sources[i];
    visit({"git_sources", i, "url"}, source.url, check_git_url);
    visit({"git_sources", i, "branch"}, source.branch, check_branch);
    visit({"git_sources", i, "volume"}, source.volume, check_filled);
  }
  for (auto& [name, file] : definition.templates) {
    visit({"templates", name, "volume"}, file.volume, check_filled);
    visit({"templates", name, "path"}, file.path, check_file_path);
  }
  for (auto& [name, attach] : definition.attach) {
    visit({"attach", name, "volume"}, attach.volume, check_shared_volume_if_any);
    visit({"attach", name, "subpath"}, attach.subpath, check_subpath);
    visit({"attach", name, "path"}, attach.path, check_mountpoint);
  }
}

void visit_dependencies(Definition& definition, const FieldVisitor& visit) {
  for (auto& [key, dependency] : definition.dependencies) {
    for (auto& [name, value] : dependency.responses)
      visit({"dependencies", key, "responses", name}, value, check_nothing);
    for (auto& [volume, expose] : dependency.expose)
      visit({"dependencies", key, "expose", volume, "path"}, expose.path, check_mountpoint);
    for (std::size_t i = 0; i < dependency.consume.size(); ++i)
      visit({"dependencies", key, "consume", i, "path"}, dependency.consume[i].path,
            check_mountpoint);
    for (std::size_t i = 0; i < dependency.post_install.size(); ++i)
      visit({"dependencies", key, "post_install", i}, dependency.post_install[i], check_filled);
  }
}

}  // namespace

Rule rule_of_note(std::string_view type) {
  if (type == "url") return check_url;
  if (type == "phone") return check_phone;
  if (type == "email") return check_email;
  return check_nothing;
}

void for_each_field(Definition& definition, const FieldVisitor& visit) {
  visit_runtime(definition, visit);
  visit_network(definition.network, visit);
  visit_storage(definition, visit);
  visit_dependencies(definition, visit);
  for (auto& [label, note] : definition.notes)
    visit({"notes", label, "value"}, note.value, rule_of_note(note.type));
}

}  // namespace town::package

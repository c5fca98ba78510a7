#include <fmt/format.h>

#include "engine/package/names.h"
#include "engine/package/parse.h"
#include "engine/package/size.h"
#include "engine/package/text.h"

namespace town::package {
namespace {

/// More would be a mistake; QEMU's machine types end at a few hundred.
constexpr std::uint32_t kMostCpus = 1024;

void parse_image(Section& top, Definition& definition, Reading& reading) {
  const yaml::Node* node = top.raw("image");
  if (node == nullptr || node->type != yaml::Node::Type::mapping) {
    definition.image = top.text("image");
    return;
  }
  definition.image_is_map = true;
  Section image(node, "image", reading);
  definition.image = image.text("url");
  definition.image_type = image.text("type");
  if (!definition.image_type.empty() && definition.image_type != "oci")
    image.fault("type", "must be \"oci\", or left out");
  image.finish();
}

void parse_vm(Section& top, Definition& definition) {
  if (!top.has("vm")) return;
  Section section = top.section("vm");
  VmDeclaration vm;
  vm.image = section.required("image", "give a URL or the name of a file in the vm-images store");
  vm.memory = section.text("memory");
  const auto cpus = section.number("cpus", kMostCpus);
  vm.cpus = cpus.value_or(0) == 0 ? 1 : *cpus;
  section.finish();
  definition.vm = std::move(vm);
  definition.runtime = Runtime::vm;
}

void parse_proton(Section& top, Definition& definition) {
  if (!top.has("proton")) return;
  Section section = top.section("proton");
  ProtonDeclaration proton;
  proton.app_image = section.required("app_image", "name the image that holds the application");
  proton.app_directory = section.required("app_directory", "say where in the image it lies");
  proton.volume = section.required("volume", "name the volume that it is unpacked into");
  proton.exe = section.required("exe", "say which program to run");
  proton.args = section.texts("args");
  section.finish();
  definition.proton = std::move(proton);
}

void parse_environment(Section& top, Definition& definition, Reading& reading) {
  top.each(
      "environment", [&](const yaml::Node& name, const yaml::Node& value, const std::string& path) {
        if (!valid_environment_name(name.scalar))
          reading.fault(
              path, "is no name for a variable: letters, digits and _, not beginning with a digit",
              name.line);
        definition.environment.emplace(name.scalar, top.scalar(value, path));
      });
}

void check_image_is_there(Section& top, const Definition& definition) {
  const yaml::Node* node = top.raw("image");
  if (node == nullptr || !definition.image.empty() || definition.proton || definition.vm) return;
  constexpr std::string_view kFault = "is empty; name a container image, such as \"nginx:1.26\"";
  if (!definition.image_is_map && node->type != yaml::Node::Type::sequence)
    top.fault("image", std::string(kFault));
  if (!definition.image_is_map) return;
  const yaml::Node* url = node->find("url");
  if (url == nullptr || url->type == yaml::Node::Type::null ||
      url->type == yaml::Node::Type::scalar)
    top.fault("image.url", std::string(kFault));
}

void check_choice(Section& top, const Definition& definition) {
  const bool image = top.has_content("image");
  if (definition.vm && (image || definition.proton))
    top.fault("runtime", "a package is either a vm or a container (image, proton), not both");
  else if (!definition.vm && !definition.proton && top.raw("image") == nullptr)
    top.fault("runtime", "say what to run: image, proton or vm");
}

/// What a vm cannot have, and what it ignores (3.8).
void check_vm(Section& top) {
  for (const std::string_view key : {"entrypoint", "attach", "post_update", "post_install"})
    if (top.has_content(key)) top.fault(key, "does not go with a vm");
  for (const std::string_view key : {"command", "environment", "archives", "git_sources"})
    if (top.has(key)) top.warn(key, "is ignored for a vm");
}

void check_proton(Section& top) {
  for (const std::string_view key : {"command", "entrypoint"})
    if (top.has_content(key))
      top.fault(key, "does not go with proton, which makes its own command");
}

}  // namespace

void parse_runtime(Section& top, Definition& definition, Reading& reading) {
  parse_image(top, definition, reading);
  parse_vm(top, definition);
  parse_proton(top, definition);
  definition.entrypoint = top.texts("entrypoint");
  if (!is_plain_vm(definition)) {
    definition.command = top.texts("command");
    parse_environment(top, definition, reading);
  }
  definition.post_update = parse_commands(top, reading, "post_update");
  definition.post_install = parse_commands(top, reading, "post_install");
  check_choice(top, definition);
  check_image_is_there(top, definition);
  if (definition.vm) check_vm(top);
  if (definition.proton) check_proton(top);
}

}  // namespace town::package

#include "engine/package/describe_json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/package/compile.h"
#include "engine/package/names.h"
#include "engine/package/rules.h"
#include "engine/package/size.h"
#include "engine/package/text.h"
#include "engine/package/tree.h"
#include "engine/package/version.h"

namespace town::package {
namespace {

using nlohmann::json;

template <typename Value>
json or_null(const std::optional<Value>& value) {
  return value ? json(*value) : json(nullptr);
}

json or_null(const std::string& text) { return text.empty() ? json(nullptr) : json(text); }

json ports_of(const ResolvedPackage& package) {
  json ports{{"external", json::object()}, {"internal", json::object()}};
  for (const auto& port : package.ports)
    ports[port.external ? "external" : "internal"][port.key] = port.container;
  return ports;
}

json volumes_of(const ResolvedPackage& package) {
  json volumes = json::object();
  for (const auto& volume : package.volumes)
    volumes[volume.name] = {{"mountpoint", volume.mountpoint},    {"quota", or_null(volume.quota)},
                            {"uid", or_null(volume.uid)},         {"gid", or_null(volume.gid)},
                            {"archive", or_null(volume.archive)}, {"git", or_null(volume.git)},
                            {"shareable", volume.shareable},      {"exported", volume.exported}};
  return volumes;
}

json files_of(const ResolvedPackage& package) {
  json files = json::object();
  for (const auto& [name, file] : package.templates)
    files[name] = {{"volume", file.volume}, {"path", file.path}, {"content", file.content}};
  return files;
}

json notes_of(const ResolvedPackage& package) {
  json notes = json::object();
  for (const auto& [label, note] : package.notes)
    notes[label] = {{"value", note.value}, {"type", note.type}};
  return notes;
}

json dependencies_of(const ResolvedPackage& package) {
  json dependencies = json::object();
  for (const auto& [key, dependency] : package.dependencies) {
    json& described = dependencies[key];
    described = {{"package", dependency.package},
                 {"repo", dependency.repo},
                 {"version", dependency.version},
                 {"responses", dependency.responses}};
    if (!dependency.post_install.empty()) described["post_install"] = dependency.post_install;
  }
  return dependencies;
}

json seeds_of(const std::vector<ArchiveDeclaration>& archives) {
  json list = json::array();
  for (const auto& archive : archives)
    list.push_back(
        {{"image", archive.image}, {"directory", archive.directory}, {"volume", archive.volume}});
  return list;
}

json seeds_of(const std::vector<GitSourceDeclaration>& sources) {
  json list = json::array();
  for (const auto& source : sources)
    list.push_back({{"url", source.url}, {"branch", source.branch}, {"volume", source.volume}});
  return list;
}

json attached_of(const ResolvedPackage& package) {
  json attached = json::object();
  for (const auto& [name, attach] : package.attach)
    attached[name] = {{"volume", attach.volume},    {"subpath", attach.subpath},
                      {"path", attach.path},        {"readonly", attach.readonly},
                      {"uid", or_null(attach.uid)}, {"gid", or_null(attach.gid)}};
  return attached;
}

std::string text_of(const json& object) {
  // Every text came out of checked UTF-8, but an answer may be anything.
  return object.dump(2, ' ', false, json::error_handler_t::replace);
}

CommandResult refused(const Diagnostics& faults, const Diagnostics& warnings) {
  return {text_of({{"errors", to_json(faults)}, {"warnings", to_json(warnings)}}), 1};
}

ResolveContext box_of(const CompileOptions& options) {
  ResolveContext box;
  box.repo = options.repo;
  box.name = options.name;
  box.version = options.version;
  box.tld = options.tld;
  box.external_host = options.external_host;
  box.internal_host = options.internal_host;
  box.variables = options.variables;
  return box;
}

AnswerContext answers_of(const CompileOptions& options) {
  AnswerContext context;
  context.package_name = options.name;
  context.given = options.responses;
  context.free_port = options.free_port;
  context.random_hex = options.random_hex;
  return context;
}

/// The names become parts of unit names and paths.
Diagnostics check_names(const CompileOptions& options) {
  Diagnostics faults;
  const auto judge = [&](const char* field, Verdict fault) {
    if (!fault.empty()) faults.push_back({field, std::move(fault), 0});
  };
  judge("name", check_package_name(options.name));
  judge("version", check_segment(options.version));
  judge("repo", check_segment(options.repo));
  if (!valid_domain(options.tld)) faults.push_back({"tld", "is no domain", 0});
  return faults;
}

CommandResult described(const Compiled& compiled) {
  if (!compiled.faults.empty()) return refused(compiled.faults, compiled.warnings);
  json object = to_json(compiled.package);
  object["warnings"] = to_json(compiled.warnings);
  return {text_of(object), 0};
}

/// One folder is the only repository there is, so it also serves for others that are named.
PackageFinder finder_in(const PackageFolder& folder, const std::string& repo) {
  PackageFinder finder;
  finder.find = [&folder, repo](const std::string&, const std::string& package,
                                const std::string& version) -> std::optional<FoundPackage> {
    const std::string chosen = version.empty() ? latest(folder.versions(package)) : version;
    if (chosen.empty()) return {};
    auto text = folder.read(package, chosen);
    if (!text) return {};
    return FoundPackage{repo, chosen, std::move(*text)};
  };
  return finder;
}

}  // namespace

json to_json(const Diagnostics& faults) {
  json list = json::array();
  for (const auto& fault : faults) {
    json entry{{"field", fault.field}, {"message", fault.message}};
    if (fault.line > 0) {
      entry["line"] = fault.line;
      entry["message"] = fmt::format("line {}: {}", fault.line, fault.message);
    }
    list.push_back(std::move(entry));
  }
  return list;
}

json to_json(const ResolvedPackage& package) {
  json described{{"name", package.name},
                 {"version", package.version},
                 {"repo", package.repo},
                 {"description", package.description},
                 {"runtime", to_string(package.runtime)},
                 {"image", package.image},
                 {"command", package.command},
                 {"entrypoint", package.entrypoint},
                 {"post_update", package.post_update},
                 {"post_install", package.post_install},
                 {"supplies", package.supplies},
                 {"domains", package.domains},
                 {"environment", package.environment},
                 {"ports", ports_of(package)},
                 {"volumes", volumes_of(package)},
                 {"archives", seeds_of(package.archives)},
                 {"git_sources", seeds_of(package.git_sources)},
                 {"templates", files_of(package)},
                 {"notes", notes_of(package)},
                 {"dependencies", dependencies_of(package)},
                 {"attach", attached_of(package)},
                 {"warnings", json::array()}};
  if (package.vm)
    described["vm"] = {
        {"image", package.vm->image}, {"memory", package.vm->memory}, {"cpus", package.vm->cpus}};
  if (package.proton)
    described["proton"] = {{"app_image", package.proton->app_image},
                           {"app_directory", package.proton->app_directory},
                           {"volume", package.proton->volume},
                           {"exe", package.proton->exe},
                           {"args", package.proton->args}};
  return described;
}

std::optional<std::pair<std::string, std::string>> parse_dependency_value(std::string_view text) {
  const auto equals = text.find('=');
  const auto dot = text.substr(0, equals).find('.');
  if (equals == std::string_view::npos || dot == std::string_view::npos) return {};
  const auto key = text.substr(0, dot);
  auto what = text.substr(dot + 1, equals - dot - 1);
  if (!valid_dependency_key(key)) return {};
  std::string name = fmt::format("dep_{}_", to_lower(key));
  if (what == "host") {
    name += "host";
  } else {
    if (!what.starts_with("port.")) return {};
    what.remove_prefix(5);
    if (!valid_dependency_key(what)) return {};
    name += "port_" + to_lower(what);
    if (!parse_port(text.substr(equals + 1))) return {};
  }
  return std::pair(std::move(name), std::string(text.substr(equals + 1)));
}

CommandResult validate_package(std::string_view yaml_text) {
  const Parsed parsed = parse_definition(yaml_text);
  if (!parsed.faults.empty()) return refused(parsed.faults, parsed.warnings);
  return {text_of({{"warnings", to_json(parsed.warnings)}}), 0};
}

CommandResult compile_package(std::string_view yaml_text, const CompileOptions& options) {
  auto faults = check_names(options);
  if (!faults.empty()) return refused(faults, {});
  return described(compile(yaml_text, answers_of(options), box_of(options)));
}

CommandResult compile_package(const PackageFolder& folder, const CompileOptions& options) {
  CompileOptions chosen = options;
  if (auto fault = check_package_name(chosen.name); !fault.empty())
    return refused({{"name", std::move(fault), 0}}, {});
  if (chosen.version.empty()) chosen.version = latest(folder.versions(chosen.name));
  if (chosen.version.empty())
    return refused({{"name", fmt::format("there is no package {}", chosen.name), 0}}, {});
  auto faults = check_names(chosen);
  if (!faults.empty()) return refused(faults, {});
  const auto text = folder.read(chosen.name, chosen.version);
  if (!text)
    return refused({{"version", fmt::format("there is no {} {}", chosen.name, chosen.version), 0}},
                   {});
  Tree tree = compile_tree(chosen.name, *text, answers_of(chosen), box_of(chosen),
                           finder_in(folder, chosen.repo));
  // Nobody named the file: which one was taken must be said.
  for (auto& fault : tree.compiled.faults)
    if (fault.line > 0)
      fault.message += fmt::format(" (packages/{}/{}.yaml)", chosen.name, chosen.version);
  return described(tree.compiled);
}

}  // namespace town::package

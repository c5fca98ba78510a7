#include "engine/package/resolve.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/package/fields.h"
#include "engine/package/image_reference.h"
#include "engine/package/names.h"
#include "engine/package/references.h"
#include "engine/package/size.h"
#include "engine/package/text.h"

namespace town::package {
namespace {

/// Package format 3.8: a vm that does not say gets this much memory.
constexpr std::uint64_t kDefaultMemory = 1ULL << 30U;

/// All texts of a package together, markers replaced. The file is 10 MB at most; a long answer at a
/// hundred thousand markers would be more than a machine has.
constexpr std::size_t kMostResolvedText = 32U << 20U;

/// A list of faults is cut off, so that a hostile file cannot make it larger than itself.
constexpr std::size_t kMostFaults = 10'000;

std::set<std::string> lower_keys(const Definition& definition) {
  std::set<std::string> keys;
  for (const auto& entry : definition.dependencies) keys.insert(to_lower(entry.first));
  return keys;
}

/// One run of `resolve`: a copy of the definition, substituted in place, then judged and rewritten.
class Resolver {
 public:
  Resolver(const Definition& written, const std::map<std::string, std::string>& values,
           const ResolveContext& context)
      : written_(written),
        context_(context),
        keys_(lower_keys(written)),
        table_(variables_of(written, values, context)),
        definition_(written) {}

  Resolved run() {
    for_each_field(definition_, [&](const FieldPath& path, std::string& text, Rule rule) {
      resolve_field(path, text, rule);
    });
    check_references();
    fill();
    return std::move(result_);
  }

 private:
  void report(const FieldPath& path, std::string message) {
    if (result_.faults.size() < kMostFaults)
      result_.faults.push_back({path.text(), std::move(message), 0});
  }

  /// What is known of a text's markers.
  enum class Markers { settled, pending, at_fault };

  [[nodiscard]] Markers state_of(std::string_view name) const {
    if (value_of(table_, name) != nullptr) return Markers::settled;
    if (context_.unknown.contains(std::string(name))) return Markers::at_fault;
    if (name == kExternalHost || name == kInternalHost) return Markers::pending;
    const bool dependency =
        is_dependency_marker(name, [&](const std::string& key) { return keys_.contains(key); });
    return dependency ? Markers::pending : Markers::settled;
  }

  /// The worst of them: a value that is still to come stays a marker; one at fault was reported.
  [[nodiscard]] Markers markers_in(std::string_view text) const {
    auto worst = Markers::settled;
    for_each_marker(text, [&](std::string_view name) { worst = std::max(worst, state_of(name)); });
    return worst;
  }

  /// Only texts with an "@" can have changed; the others were judged when the file was read.
  void resolve_field(const FieldPath& path, std::string& text, Rule rule) {
    if (text.find('@') == std::string::npos || room_ == 0) return;
    const auto markers = markers_in(text);
    // A port is a number or it is nothing: it cannot wait for the value of a dependency.
    const bool is_port = rule == check_port || rule == check_port_key;
    const bool open = markers == Markers::at_fault || (markers == Markers::pending && !is_port);
    std::string result = substitute(text, table_, room_);
    if (!fits(path, result.size())) return;
    text = std::move(result);
    if (auto fault = (open ? open_rule(rule) : rule)(text); !fault.empty())
      report(path, std::move(fault));
  }

  /// Takes room for a text; says once that there is none left.
  bool fits(const FieldPath& path, std::size_t size) {
    const bool fine = size <= room_;
    if (!fine && room_ > 0)
      report(path, fmt::format("comes to too much: with its answers in place the package may hold "
                               "{} bytes",
                               kMostResolvedText));
    room_ = fine ? room_ - size : 0;
    return fine;
  }

  void check_references() {
    const IsOpen open = [&](const std::string& text) {
      return markers_in(text) != Markers::settled;
    };
    const ReportFault report_fault = [&](const FieldPath& path, std::string message) {
      report(path, std::move(message));
    };
    check_volume_references(definition_, open, report_fault);
    check_ports(written_.network, definition_, written_.network.complete, open, report_fault);
  }

  void fill();
  void fill_ports();
  void fill_volumes();
  void fill_runtime();
  void fill_domains();
  void fill_files();

  const Definition& written_;
  const ResolveContext& context_;
  std::set<std::string> keys_;  ///< of the dependencies, in lower case
  Variables table_;
  Definition definition_;
  std::size_t room_ = kMostResolvedText;  ///< for the texts that are still to come
  Resolved result_;
};

void Resolver::fill() {
  ResolvedPackage& package = result_.package;
  package.repo = context_.repo;
  package.name = context_.name;
  package.version = context_.version;
  const auto unit = unit_name(package.repo, package.name, package.version);
  if (unit.size() > kLongestUnitName)
    report({"name"}, fmt::format("with repository and version it makes a unit name of more than {} "
                                 "characters: {}",
                                 kLongestUnitName, unit));
  package.description = definition_.description;
  package.supplies = definition_.supplies;
  package.notes = std::move(definition_.notes);
  package.dependency_order = order_dependencies(written_).order;
  package.dependencies = std::move(definition_.dependencies);
  for (auto& [key, dependency] : package.dependencies)
    if (dependency.repo.empty()) dependency.repo = context_.repo;
  fill_runtime();
  fill_ports();
  fill_domains();
  fill_volumes();
  fill_files();
  package.variables = std::move(table_);
}

void Resolver::fill_runtime() {
  ResolvedPackage& package = result_.package;
  package.runtime = definition_.runtime;
  if (definition_.vm) {
    const VmDeclaration& vm = *definition_.vm;
    const auto memory = parse_size(vm.memory).value_or(0);
    package.vm = {vm.image, memory == 0 ? kDefaultMemory : memory, vm.cpus};
    return;
  }
  package.image = definition_.image;
  package.command = std::move(definition_.command);
  if (definition_.proton) {
    package.proton = std::move(definition_.proton);
    package.proton->app_image = normalize_image(package.proton->app_image);
    if (package.image.empty()) package.image = context_.proton_image;
    package.command = {"proton", "run", package.proton->exe};
    package.command.insert(package.command.end(), package.proton->args.begin(),
                           package.proton->args.end());
  }
  package.image = normalize_image(package.image);
  package.image_type = "oci";
  package.entrypoint = std::move(definition_.entrypoint);
  package.environment = std::move(definition_.environment);
  package.post_update = std::move(definition_.post_update);
  package.post_install = std::move(definition_.post_install);
}

void Resolver::fill_ports() {
  const NetworkDeclaration& network = definition_.network;
  std::set<std::string> direct;
  for (const auto& key : network.direct) direct.insert(canonical_port_key(key));
  std::set<std::string> passthrough;
  for (const auto& mode : network.tls_mode)
    if (mode.passthrough) passthrough.insert(canonical_port_key(mode.key));
  for (const PortDeclaration& declared : network.ports) {
    ResolvedPort port;
    port.key = canonical_port_key(declared.key);
    port.container = parse_port(declared.container).value_or(0);
    const auto host = parse_port(declared.key);
    port.host = host.value_or(port.container);
    if (!host) port.name = declared.key;
    port.external = declared.external;
    port.direct = direct.contains(port.key);
    port.passthrough = passthrough.contains(port.key);
    port.ingress = !context_.dependency && is_ingress_port(definition_, declared);
    result_.package.ports.push_back(std::move(port));
  }
  std::ranges::sort(result_.package.ports, {},
                    [](const ResolvedPort& port) { return std::pair(port.host, port.key); });
}

void Resolver::fill_domains() {
  for (std::size_t i = 0; i < definition_.network.domains.size(); ++i) {
    const std::string& domain = definition_.network.domains[i];
    if (domain.empty()) continue;
    const std::string local = domain + "." + dns_name(context_.repo, context_.name, context_.tld);
    const bool is_public =
        domain.find('.') != std::string::npos && !domain.ends_with("." + context_.tld);
    if (!is_public && valid_domain(domain) && !valid_domain(local))
      report({"network", "domains", i}, fmt::format("{} is no domain, or too long", local));
    result_.package.domains.push_back(domain);
  }
}

void Resolver::fill_volumes() {
  for (auto& [name, declared] : definition_.volumes) {
    ResolvedVolume volume;
    volume.name = name;
    volume.mountpoint = declared.mountpoint;
    auto quota = parse_size(declared.quota).value_or(0);
    if (quota == 0) quota = context_.default_quota;
    if (quota != 0) volume.quota = quota;
    volume.uid = declared.uid;
    volume.gid = declared.gid;
    volume.archive = declared.archive;
    volume.git = declared.git;
    volume.shareable = declared.shareable;
    volume.exported = declared.exported;
    result_.package.volumes.push_back(std::move(volume));
  }
  const auto depth = [](const ResolvedVolume& volume) {
    return std::pair(std::ranges::count(volume.mountpoint, '/'), volume.mountpoint);
  };
  std::ranges::stable_sort(result_.package.volumes, {}, depth);
}

void Resolver::fill_files() {
  ResolvedPackage& package = result_.package;
  if (package.runtime == Runtime::container) {
    package.archives = std::move(definition_.archives);
    for (auto& archive : package.archives) archive.image = normalize_image(archive.image);
    package.git_sources = std::move(definition_.git_sources);
    for (auto& [name, attach] : definition_.attach)
      if (!attach.volume.empty()) package.attach.emplace(name, std::move(attach));
  }
  for (const auto& [name, file] : definition_.templates) {
    const std::string& source = file.content;
    std::string content = substitute_template(source, table_, room_);
    if (!fits({"templates", name, "content"}, content.size())) continue;
    package.templates[name] = {file.volume, file.path, source, std::move(content)};
  }
}

}  // namespace

Variables variables_of(const Definition& definition,
                       const std::map<std::string, std::string>& values,
                       const ResolveContext& context) {
  // The stronger ones are put in first.
  Variables table;
  if (context.external_host) table.emplace(kExternalHost, *context.external_host);
  if (context.internal_host) table.emplace(kInternalHost, *context.internal_host);
  table.emplace(kPackageDns, dns_name(context.repo, context.name, context.tld));
  table.insert(context.variables.begin(), context.variables.end());
  // A question may not stand in for a value that is only not known yet.
  const auto keys = lower_keys(definition);
  const auto is_key = [&](const std::string& key) { return keys.contains(key); };
  for (const auto& [name, value] : values)
    if (!is_built_in(name) && !is_dependency_marker(name, is_key)) table.emplace(name, value);
  return table;
}

Resolved resolve(const Definition& definition, const std::map<std::string, std::string>& values,
                 const ResolveContext& context) {
  return Resolver(definition, values, context).run();
}

}  // namespace town::package

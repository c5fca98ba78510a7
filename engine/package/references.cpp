#include "engine/package/references.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "engine/package/names.h"
#include "engine/package/nearest.h"
#include "engine/package/size.h"
#include "engine/package/text.h"

namespace town::package {
namespace {

/// Who takes a place in the container; the second one at the same place is at fault.
class Places {
 public:
  Places(const IsOpen& is_open, const ReportFault& report) : is_open_(is_open), report_(report) {}

  void add(const FieldPath& path, const std::string& place, const std::string& owner) {
    if (place.empty() || is_open_(place)) return;
    const auto [other, fresh] = taken_.emplace(plain_path(place), owner);
    if (!fresh) report_(path, fmt::format("{} is mounted there already", other->second));
  }

 private:
  const IsOpen& is_open_;
  const ReportFault& report_;
  std::map<std::string, std::string> taken_;
};

void check_mountpoints(const Definition& definition, const IsOpen& is_open,
                       const ReportFault& report) {
  Places places(is_open, report);
  for (const auto& [name, volume] : definition.volumes)
    places.add({"volumes", name, "mountpoint"}, volume.mountpoint, "the volume " + name);
  for (const auto& [name, attach] : definition.attach)
    // One that comes to nothing is left out (3.11).
    if (!attach.volume.empty() && !is_open(attach.volume))
      places.add({"attach", name, "path"}, attach.path, "the attached volume " + name);
  for (const auto& [key, dependency] : definition.dependencies)
    for (const auto& [volume, expose] : dependency.expose)
      places.add({"dependencies", key, "expose", volume, "path"}, expose.path,
                 fmt::format("the volume {} of {}", volume, key));
}

/// Two templates that write one file: only one of them can have its way.
void check_files(const Definition& definition, const IsOpen& is_open, const ReportFault& report) {
  std::map<std::pair<std::string, std::string>, std::string> taken;
  for (const auto& [name, file] : definition.templates) {
    if (file.volume.empty() || file.path.empty() || is_open(file.volume) || is_open(file.path))
      continue;
    const auto [other, fresh] =
        taken.emplace(std::pair(file.volume, plain_path("/" + file.path)), name);
    if (!fresh)
      report({"templates", name, "path"},
             fmt::format("the template {} writes that file already", other->second));
  }
}

/// So many faults say what may have been meant: each look is a comparison with all names.
constexpr int kMostSuggestions = 20;

std::string unknown_volume(const Definition& definition, const std::string& volume,
                           int& suggestions_left) {
  std::vector<std::string_view> known;
  if (suggestions_left-- > 0)
    for (const auto& entry : definition.volumes) known.push_back(entry.first);
  const auto meant = nearest(volume, known);
  return fmt::format("there is no volume {} in this package{}", in_quotes(volume),
                     meant.empty() ? "" : fmt::format("; did you mean \"{}\"?", meant));
}

/// Walks through the ports of one package and remembers what is taken.
class PortBook {
 public:
  PortBook(const IsOpen& is_open, const ReportFault& report) : is_open_(is_open), report_(report) {}

  /// `published`: the port claims a port of the host.
  void add(const PortDeclaration& written, const PortDeclaration& port, bool published) {
    const FieldPath path{"network", port.external ? "external" : "internal", written.key};
    const auto container = parse_port(port.container);
    std::optional<std::uint16_t> host = parse_port(port.key);
    if (!host && !is_open_(port.key) && valid_port_name(port.key)) {
      // Markers see names in lower case, variables in upper case.
      if (!names_.insert(to_lower(port.key)).second) {
        report_(path, fmt::format("the name {} stands for two ports", port.key));
        return;
      }
      if (container && !named_.emplace(*container, port.key).second) {
        report_(path, fmt::format("the container port {} is already named {}", *container,
                                  named_.at(*container)));
        return;
      }
      host = container;
    }
    if (!host || !published) return;
    if (!hosts_.insert(*host).second)
      report_(path,
              fmt::format("the host port {} is taken by another line of this package", *host));
  }

 private:
  const IsOpen& is_open_;
  const ReportFault& report_;
  std::set<std::string> names_;
  std::map<std::uint16_t, std::string> named_;
  std::set<std::uint16_t> hosts_;
};

/// `direct` and `tls_mode` speak of ports by key. `all_known`: no port is missing from the list.
void check_port_options(const NetworkDeclaration& written, const NetworkDeclaration& network,
                        bool all_known, const IsOpen& is_open, const ReportFault& report) {
  std::set<std::string> keys;
  for (std::size_t i = 0; i < network.ports.size(); ++i) {
    // A key that is at fault may be the one that is meant.
    const std::string& key = network.ports[i].key;
    all_known = all_known && !is_open(key) && check_port_key(key).empty();
    keys.insert(canonical_port_key(network.ports[i].key));
  }
  const auto unknown = [&](const std::string& key) {
    return !key.empty() && !keys.contains(canonical_port_key(key)) && all_known && !is_open(key);
  };
  std::set<std::string> direct;
  for (std::size_t i = 0; i < network.direct.size(); ++i) {
    direct.insert(canonical_port_key(network.direct[i]));
    if (unknown(network.direct[i]))
      report({"network", "direct", i}, fmt::format("there is no port {}", network.direct[i]));
  }
  for (std::size_t i = 0; i < network.tls_mode.size(); ++i) {
    const std::string& key = network.tls_mode[i].key;
    const FieldPath path{"network", "tls_mode", written.tls_mode[i].key};
    if (unknown(key))
      report(path, fmt::format("there is no port {}", key));
    else if (direct.contains(canonical_port_key(key)))
      report(path, "a direct port has no TLS mode: nothing stands in front of it");
  }
}

void check_domains(const NetworkDeclaration& network, const IsOpen& is_open,
                   const ReportFault& report) {
  std::set<std::string> taken;
  for (std::size_t i = 0; i < network.domains.size(); ++i) {
    const std::string& domain = network.domains[i];
    if (domain.empty() || is_open(domain)) continue;
    if (!taken.insert(to_lower(domain)).second)
      report({"network", "domains", i}, fmt::format("{} stands there already", in_quotes(domain)));
  }
}

}  // namespace

std::string plain_path(std::string_view path) {
  std::string plain;
  for (std::size_t from = 0; from < path.size();) {
    const auto slash = std::min(path.find('/', from), path.size());
    const auto part = path.substr(from, slash - from);
    if (!part.empty() && part != ".") plain.append("/").append(part);
    from = slash + 1;
  }
  return plain.empty() ? "/" : plain;
}

std::string canonical_port_key(const std::string& key) {
  const auto number = parse_port(key);
  return number ? std::to_string(*number) : key;
}

void check_volume_references(const Definition& definition, const IsOpen& is_open,
                             const ReportFault& report) {
  int suggestions_left = kMostSuggestions;
  const auto check_closed = [&](const FieldPath& path, const std::string& volume) {
    if (volume.empty() || has_control(volume) || definition.volumes.contains(volume)) return;
    report(path, unknown_volume(definition, volume, suggestions_left));
  };
  const auto check = [&](const FieldPath& path, const std::string& volume) {
    if (!is_open(volume)) check_closed(path, volume);
  };
  for (std::size_t i = 0; i < definition.archives.size(); ++i)
    check_closed({"archives", i, "volume"}, definition.archives[i].volume);
  for (std::size_t i = 0; i < definition.git_sources.size(); ++i)
    check({"git_sources", i, "volume"}, definition.git_sources[i].volume);
  for (const auto& [name, file] : definition.templates)
    check({"templates", name, "volume"}, file.volume);
  if (definition.proton) check({"proton", "volume"}, definition.proton->volume);
  check_mountpoints(definition, is_open, report);
  check_files(definition, is_open, report);
}

bool is_ingress_port(const Definition& definition, const PortDeclaration& port) {
  if (definition.vm || (port.key != "http" && port.key != "https")) return false;
  if (std::ranges::find(definition.supplies, "http") == definition.supplies.end()) return false;
  const NetworkDeclaration& network = definition.network;
  if (std::ranges::find(network.direct, port.key) != network.direct.end()) return false;
  return std::ranges::none_of(network.tls_mode, [&](const TlsModeDeclaration& mode) {
    return mode.passthrough && mode.key == port.key;
  });
}

void check_ports(const NetworkDeclaration& written, const Definition& definition, bool all_ports,
                 const IsOpen& is_open, const ReportFault& report) {
  const NetworkDeclaration& network = definition.network;
  PortBook book(is_open, report);
  for (std::size_t i = 0; i < network.ports.size(); ++i)
    book.add(written.ports[i], network.ports[i], !is_ingress_port(definition, network.ports[i]));
  check_domains(network, is_open, report);
  check_port_options(written, network, all_ports, is_open, report);
}

}  // namespace town::package

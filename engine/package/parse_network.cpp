#include <fmt/format.h>

#include <array>

#include "engine/package/parse.h"

namespace town::package {
namespace {

/// Each one is a rule of the firewall and a listener; a range of them cannot be declared anyway.
constexpr std::size_t kMostPorts = 5'000;

/// Whether the node is a mapping, or not there.
bool is_readable(const yaml::Node* node) {
  return node == nullptr || node->type == yaml::Node::Type::null ||
         node->type == yaml::Node::Type::mapping;
}

/// Whether the node is a text with nothing in it: no value, but not of the wrong type either.
bool is_empty_text(const yaml::Node& node) {
  return node.type == yaml::Node::Type::null ||
         (node.type == yaml::Node::Type::scalar && node.scalar.empty());
}

void parse_ports(Section& network, Reading& reading, std::string_view map, bool external,
                 std::vector<PortDeclaration>& ports) {
  network.each(map, [&](const yaml::Node& key, const yaml::Node& value, const std::string& path) {
    if (ports.size() > kMostPorts) return;
    if (ports.size() == kMostPorts)
      reading.fault("network." + std::string(map),
                    fmt::format("makes more than {} ports: no program needs so many", kMostPorts),
                    key.line);
    PortDeclaration port{key.scalar, network.scalar(value, path), external};
    if (key.scalar.empty()) reading.fault(path, "the port on the host is empty", key.line);
    if (is_empty_text(value)) reading.fault(path, "is empty; give the container's port", key.line);
    ports.push_back(std::move(port));
  });
}

std::array<std::string_view, 2> maps_in_file_order(Section& network) {
  const yaml::Node* external = network.raw("external");
  const yaml::Node* internal = network.raw("internal");
  const auto place = [](const yaml::Node& node) { return std::pair(node.line, node.column); };
  if (external != nullptr && internal != nullptr && place(*internal) < place(*external))
    return {"internal", "external"};
  return {"external", "internal"};
}

/// A list whose items may not be empty.
std::vector<std::string> parse_filled(Section& network, Reading& reading, std::string_view key) {
  std::vector<std::string> list;
  network.each_item(key, [&](const yaml::Node& item, const std::string& path) {
    list.push_back(network.scalar(item, path));
    if (is_empty_text(item)) reading.fault(path, "is empty", item.line);
  });
  return list;
}

void parse_tls_modes(Section& network, Reading& reading, std::vector<TlsModeDeclaration>& modes) {
  network.each("tls_mode",
               [&](const yaml::Node& key, const yaml::Node& value, const std::string& path) {
                 if (value.type == yaml::Node::Type::null || value.scalar == "terminate") {
                   modes.push_back({key.scalar, false});
                 } else {
                   modes.push_back({key.scalar, value.scalar == "passthrough"});
                   if (!modes.back().passthrough)
                     reading.fault(path, "must be \"terminate\" or \"passthrough\"", value.line);
                 }
               });
}

}  // namespace

void parse_network(Section& top, Definition& definition, Reading& reading) {
  Section section = top.section("network");
  NetworkDeclaration& network = definition.network;
  // In file order: where two lines clash, the later one is at fault.
  for (const std::string_view map : maps_in_file_order(section))
    parse_ports(section, reading, map, map == "external", network.ports);
  network.complete = is_readable(section.raw("external")) && is_readable(section.raw("internal")) &&
                     network.ports.size() <= kMostPorts;
  network.domains = parse_filled(section, reading, "domains");
  network.direct = parse_filled(section, reading, "direct");
  parse_tls_modes(section, reading, network.tls_mode);
  section.finish();
}

}  // namespace town::package

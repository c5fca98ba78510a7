// What one section of a definition says about another: volumes that are named, keys of ports.
// Checked twice, before and after substitution. Internal to this folder; any thread.
#pragma once

#include <functional>
#include <string>

#include "engine/package/definition.h"
#include "engine/package/field_path.h"
#include "engine/package/rules.h"

namespace town::package {

/// Receives a fault.
using ReportFault = std::function<void(const FieldPath& path, std::string message)>;

/// Whether a text cannot be judged (yet): it holds a marker, or one whose value is at fault.
using IsOpen = std::function<bool(const std::string& text)>;

/// Volumes named by archives, git_sources, templates and proton are defined; no two volumes, be
/// they the package's own, attached or a dependency's, are mounted at the same place; no two
/// templates write one file.
void check_volume_references(const Definition& definition, const IsOpen& is_open,
                             const ReportFault& report);

/// No host port twice, no port name twice, no two names for one container port; `direct` and
/// `tls_mode` name ports, and no port is in both; no domain twice, in whatever case. `written`
/// holds the keys as in the file, for the paths of faults; `definition` the same ports in the same
/// order, as far as they are known. Without `all_ports` some could not be read, and no key is
/// called unknown.
void check_ports(const NetworkDeclaration& written, const Definition& definition, bool all_ports,
                 const IsOpen& is_open, const ReportFault& report);

/// Whether the shared ingress fronts the port, so that it is not published on the host: the package
/// supplies "http", the port is named http or https, and it is neither direct nor passthrough.
/// Never so for a vm, which is on no container network, nor for a dependency (3.4), which is for
/// the caller to know.
bool is_ingress_port(const Definition& definition, const PortDeclaration& port);

/// A path for comparison: with one "/" in front, and no empty and "." parts.
std::string plain_path(std::string_view path);

/// The text for comparison of two port keys: a number without leading zeros, or the name.
std::string canonical_port_key(const std::string& key);

}  // namespace town::package

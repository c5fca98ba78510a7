// A definition and the worth of its questions, made into what can be run (package format 6). Pure:
// the same input gives the same bytes, and the definition is never changed. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/package/definition.h"
#include "engine/package/substitute.h"

namespace town::package {

/// What the box knows besides the answers.
struct ResolveContext {
  std::string repo;
  std::string name;  ///< effective name
  std::string version;
  std::string tld = "home";
  std::optional<std::string> external_host;  ///< without: `@LOCAL_EXTERNAL_HOST@` stays as it is
  std::optional<std::string> internal_host;
  /// More variables, such as `dep_<key>_host`; built-ins win over them, and they over answers.
  std::map<std::string, std::string> variables;
  std::uint64_t default_quota = 0;  ///< bytes, for volumes that declare none; 0 is unlimited
  std::string proton_image = "quay.io/town/proton:latest";
  bool dependency = false;  ///< belongs to another package: nothing is published, no ingress
  /// Questions whose answers are at fault: fields that use them are not judged a second time.
  std::set<std::string> unknown;
};

struct ResolvedPort {
  std::string key;              ///< host port in decimal, or the port's name
  std::uint16_t host = 0;       ///< host-side port; for a named one the container port
  std::uint16_t container = 0;  ///< container port
  std::string name;             ///< semantic name, "" where none
  bool external = false;        ///< also asked for on the router
  bool direct = false;          ///< published by the container itself
  bool passthrough = false;     ///< TLS is left alone
  bool ingress = false;         ///< fronted by the shared ingress, not published (3.4)

  bool operator==(const ResolvedPort&) const = default;
};

struct ResolvedVolume {
  std::string name;
  std::string mountpoint;
  std::optional<std::uint64_t> quota;  ///< bytes; nothing is unlimited
  std::optional<std::uint32_t> uid;    ///< ownership changes only where both are set
  std::optional<std::uint32_t> gid;
  std::string archive;  ///< "" where none
  std::string git;      ///< "" where none
  bool shareable = false;
  bool exported = false;

  bool operator==(const ResolvedVolume&) const = default;
};

/// A file to write. Rendering must begin with `source` and put variables into its text parts only:
/// in `content` an answer that holds "{{" can no longer be told from the template.
struct ResolvedTemplate {
  std::string volume;
  std::string path;
  std::string source;   ///< as declared
  std::string content;  ///< with markers in its text substituted, to be shown

  bool operator==(const ResolvedTemplate&) const = default;
};

struct ResolvedVm {
  std::string image;         ///< http(s) URL or bare file name
  std::uint64_t memory = 0;  ///< bytes
  std::uint32_t cpus = 1;

  bool operator==(const ResolvedVm&) const = default;
};

/// Everything that the compiler of the graph needs to know of one package.
struct ResolvedPackage {
  std::string repo;
  std::string name;  ///< effective name
  std::string version;
  std::string description;
  Runtime runtime = Runtime::container;
  std::string image;       ///< normalised; of proton the runner's; "" for a vm
  std::string image_type;  ///< "oci"; "" for a vm
  std::vector<std::string> entrypoint;
  std::vector<std::string> command;
  std::map<std::string, std::string> environment;
  std::vector<std::string> supplies;
  std::vector<std::string> domains;
  std::vector<ResolvedPort> ports;      ///< sorted by host port, then key
  std::vector<ResolvedVolume> volumes;  ///< sorted by mount point: parents before children
  std::vector<ArchiveDeclaration> archives;
  std::vector<GitSourceDeclaration> git_sources;
  std::map<std::string, ResolvedTemplate> templates;
  std::map<std::string, NoteDeclaration> notes;
  std::map<std::string, DependencyDeclaration> dependencies;
  std::vector<std::string> dependency_order;
  std::vector<std::string> post_update;
  std::vector<std::string> post_install;
  std::map<std::string, AttachDeclaration> attach;
  std::optional<ResolvedVm> vm;
  std::optional<ProtonDeclaration> proton;
  Variables variables;  ///< the table that was used, for the templates

  bool operator==(const ResolvedPackage&) const = default;
};

struct Resolved {
  ResolvedPackage package;  ///< complete if there are no faults
  Diagnostics faults;
};

/// The table of all variables: built-ins win over those of the context, and they over answers. A
/// question named like a built-in or like a value of a declared dependency never counts (5.2).
Variables variables_of(const Definition& definition,
                       const std::map<std::string, std::string>& values,
                       const ResolveContext& context);

/// Substitutes every marker and judges again what substitution may have changed. `values` are the
/// outputs of the questions (`Answered::values`). Faults of the raw text are parse_definition's:
/// call this for a definition without faults, or ignore fields that it already found at fault.
Resolved resolve(const Definition& definition, const std::map<std::string, std::string>& values,
                 const ResolveContext& context);

}  // namespace town::package

// A package as its author wrote it: one YAML file, checked as far as that goes without answers.
// Every text is raw, `@markers@` included. Values and pure functions; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/package/questions.h"
#include "state/error.h"

namespace town::yaml {
struct Node;
}

namespace town::package {

enum class Runtime { container, vm };

/// "container" or "vm".
std::string_view to_string(Runtime runtime);

/// One line of `network.external` or `network.internal`, in file order.
struct PortDeclaration {
  std::string key;        ///< host port, port name or a marker that becomes one of them
  std::string container;  ///< container port or a marker
  bool external = false;

  bool operator==(const PortDeclaration&) const = default;
};

struct TlsModeDeclaration {
  std::string key;  ///< of a port
  bool passthrough = false;

  bool operator==(const TlsModeDeclaration&) const = default;
};

struct NetworkDeclaration {
  std::vector<PortDeclaration> ports;
  std::vector<std::string> domains;
  std::vector<std::string> direct;  ///< port keys that the container publishes itself
  std::vector<TlsModeDeclaration> tls_mode;
  bool complete = true;  ///< every line of the ports could be read

  bool operator==(const NetworkDeclaration&) const = default;
};

struct VolumeDeclaration {
  std::string mountpoint;
  std::string quota;    ///< a size (package format 8); empty or 0 is the box's default
  std::string archive;  ///< bare file name in the archives store
  std::string git;      ///< URL
  std::optional<std::uint32_t> uid;
  std::optional<std::uint32_t> gid;
  bool shareable = false;  ///< may be mounted by the parent or a sibling
  bool exported = false;   ///< may be attached by any package

  bool operator==(const VolumeDeclaration&) const = default;
};

/// Files out of an image into an empty volume.
struct ArchiveDeclaration {
  std::string image;
  std::string directory;
  std::string volume;

  bool operator==(const ArchiveDeclaration&) const = default;
};

struct GitSourceDeclaration {
  std::string url;
  std::string branch;
  std::string volume;

  bool operator==(const GitSourceDeclaration&) const = default;
};

/// A file written once into a volume; `content` is Go template source.
struct TemplateDeclaration {
  std::string volume;
  std::string path;
  std::string content;

  bool operator==(const TemplateDeclaration&) const = default;
};

struct NoteDeclaration {
  std::string value;
  std::string type;  ///< "url", "phone", "email"; all else is plain text

  bool operator==(const NoteDeclaration&) const = default;
};

/// A dependency's shareable volume, mounted into the parent.
struct ExposeDeclaration {
  std::string path;
  bool readonly = true;

  bool operator==(const ExposeDeclaration&) const = default;
};

/// A sibling's shareable volume, mounted into this dependency.
struct ConsumeDeclaration {
  std::string from;
  std::string volume;
  std::string path;
  bool readonly = false;

  bool operator==(const ConsumeDeclaration&) const = default;
};

struct DependencyDeclaration {
  std::string package;
  std::string repo;     ///< empty: the parent's
  std::string version;  ///< empty: the latest
  std::map<std::string, std::string> responses;
  std::map<std::string, ExposeDeclaration> expose;  ///< by the dependency's volume
  std::vector<ConsumeDeclaration> consume;
  std::vector<std::string> post_install;

  bool operator==(const DependencyDeclaration&) const = default;
};

/// Another package's exported volume, bind-mounted.
struct AttachDeclaration {
  std::string volume;  ///< "<repo>/<package>/<volume>"
  std::string subpath;
  std::string path;
  bool readonly = false;
  std::optional<std::uint32_t> uid;
  std::optional<std::uint32_t> gid;

  bool operator==(const AttachDeclaration&) const = default;
};

struct VmDeclaration {
  std::string image;
  std::string memory;      ///< empty: 1gb
  std::uint32_t cpus = 1;  ///< a declared 0 is 1

  bool operator==(const VmDeclaration&) const = default;
};

struct ProtonDeclaration {
  std::string app_image;
  std::string app_directory;
  std::string volume;
  std::string exe;
  std::vector<std::string> args;

  bool operator==(const ProtonDeclaration&) const = default;
};

/// The whole file (package format 2).
struct Definition {
  Runtime runtime = Runtime::container;
  std::string image;  ///< `image` or `image.url`; may be empty with proton
  bool image_is_map = false;
  std::string image_type;  ///< "" or "oci"
  std::string description;
  std::vector<std::string> supplies;
  std::vector<std::string> entrypoint;
  std::vector<std::string> command;
  std::map<std::string, std::string> environment;
  NetworkDeclaration network;
  std::map<std::string, VolumeDeclaration> volumes;
  std::map<std::string, Question> questions;
  std::vector<ArchiveDeclaration> archives;
  std::vector<GitSourceDeclaration> git_sources;
  std::map<std::string, TemplateDeclaration> templates;
  std::map<std::string, NoteDeclaration> notes;
  std::map<std::string, DependencyDeclaration> dependencies;
  std::vector<std::string> post_update;
  std::vector<std::string> post_install;
  std::map<std::string, AttachDeclaration> attach;
  std::optional<VmDeclaration> vm;
  std::optional<ProtonDeclaration> proton;

  bool operator==(const Definition&) const = default;
};

/// What came of reading a file: it is a valid package if there are no faults. With faults the
/// definition holds what could be read, so that answers can be judged in the same go.
struct Parsed {
  Definition definition;
  Diagnostics faults;
  /// Unknown keys, keys that do not count for this runtime, secrets on a command line.
  Diagnostics warnings;
  /// The file's values, to find the lines of what is found later; nothing for broken YAML. Shared
  /// because results are copied, and the values never change.
  std::shared_ptr<const yaml::Node> source;
};

/// Reads and checks a package file: everything that needs no answers, every fault with the field
/// path and the line. Never throws for what the text says: broken YAML is a single fault.
Parsed parse_definition(std::string_view yaml_text);

/// The dependencies in the order they must be set up: what others take values or volumes from
/// comes first, ties alphabetical (package format 10.2). Those in a cycle are in `cyclic` instead.
struct DependencyOrder {
  std::vector<std::string> order;
  std::vector<std::string> cyclic;
};
DependencyOrder order_dependencies(const Definition& definition);

}  // namespace town::package

// What is wanted of each sort of thing: one plain struct per kind. Values; any thread.
// To add a kind, add its struct and its line in `Spec`; the build then breaks wherever it is not
// yet handled.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "state/key.h"
#include "state/secret.h"

namespace town {

/// Declared. A git repository that offers packages; the key's name is the repository's name.
struct RepositorySpec {
  std::string url;  ///< without credentials
  std::string username;
  Secret password;
  int position = 0;  ///< 0-based; a later repository wins where names collide (package format 1.4)

  bool operator==(const RepositorySpec&) const = default;
};

/// A package that another one brings along, with everything that was decided about it when that one
/// was installed (package format 10).
struct MemberSpec {
  std::string repo;
  std::string package;  ///< its name in the repository
  std::string version;
  std::string definition;                         ///< our own copy of the YAML
  std::map<std::string, Secret> responses;        ///< one answer per question
  std::map<std::string, std::string> volume_ids;  ///< volume -> VolumeSpec::id
  std::map<std::string, std::string> clone_of;  ///< volume -> id of the one it begins as a copy of
  std::map<std::string, std::uint64_t>
      quotas;  ///< volume -> bytes, where a person chose other ones

  bool operator==(const MemberSpec&) const = default;
};

/// Declared. One installed package, at `package/<repo>/<name>`, with everything that was decided at
/// admission: the compiler needs nothing else, and repositories may vanish.
struct PackageSpec {
  std::string repo;
  std::string package;  ///< its name in the repository
  std::string name;     ///< effective name: `package`, or `package-instance`
  std::string version;
  bool track_latest = false;                ///< a refresh that finds a newer version upgrades it
  std::string definition;                   ///< our own copy of the YAML
  std::string digest;                       ///< SHA-256 of `definition`, hex
  std::map<std::string, Secret> responses;  ///< one answer per question, generated ones included
  std::map<std::string, std::string> volume_ids;  ///< volume -> VolumeSpec::id
  std::map<std::string, std::string> clone_of;  ///< volume -> id of the one it begins as a copy of
  std::map<std::string, std::uint64_t>
      quotas;                  ///< volume -> bytes, where a person chose other ones
  bool enabled = true;         ///< false: kept, not started (package format 12.5)
  bool stopped = false;        ///< a person stopped the service
  std::uint64_t restarts = 0;  ///< raised by one for each restart that a person asks for
  /// What it brings along, by the dependency keys that lead there, joined by "/": "db", "db/cache".
  std::map<std::string, MemberSpec> members{};
  /// Answers of what an earlier version brought along: for when one does so again.
  std::map<std::string, std::map<std::string, Secret>> former{};
  /// Another one for each install, upgrade and change of answers: drawn at admission.
  std::string installation{};

  bool operator==(const PackageSpec&) const = default;
};

/// What a new volume is filled from, before anything sees it (package format 3.5, 3.6).
struct SeedSpec {
  std::string from;         ///< "archive", "image" or "git"
  std::string source;       ///< file name below "archives"; normalised reference; URL without
                            ///< credentials
  std::string directory{};  ///< of an image: absolute
  std::string branch{};     ///< of git; empty: the remote's default branch
  std::string username{};   ///< of git
  Secret password{};

  bool operator==(const SeedSpec&) const = default;
};

/// Derived from a package, or declared (a person's volume, or the kept volume of an uninstalled
/// package). `id` is the identity of the data and never changes; `path` says where it should lie,
/// so moving aside, back and on to the next version is the same thing: another path for the same
/// id.
struct VolumeSpec {
  std::string id;
  std::string path;  ///< below the data root: "installed/default/nginx/2.0/html", "user/photos"
  std::uint64_t quota = 0;  ///< bytes, 0 is unlimited
  std::optional<std::uint32_t> uid;
  std::optional<std::uint32_t> gid;
  std::string
      clone_of{};  ///< id of the volume that it begins as a snapshot of; empty: begins empty
  /// Path below the volume -> text: written where there is nothing yet.
  std::map<std::string, Secret> files{};
  /// Of one that was set aside: higher than that of all set aside before it. 0: in use.
  std::uint64_t kept = 0;
  /// In this order, until one of them held anything; only when it is made, and never again.
  std::vector<SeedSpec> seeds{};

  bool operator==(const VolumeSpec&) const = default;
};

/// Derived. A container image that must be in local storage.
struct ImageSpec {
  std::string reference;  ///< normalised (package format 7)

  bool operator==(const ImageSpec&) const = default;
};

struct MountSpec {
  Key volume;          ///< the volume resource
  std::string path;    ///< of that volume, below the data root
  std::string target;  ///< absolute path in the container
  bool read_only = false;

  auto operator<=>(const MountSpec&) const = default;
};

struct PublishedPort {
  std::uint16_t host = 0;
  std::uint16_t container = 0;
  std::string protocol = "tcp";  ///< "tcp" or "udp"

  auto operator<=>(const PublishedPort&) const = default;
};

/// Derived. One service under systemd; this kind of unit runs a container.
struct UnitSpec {
  std::string unit;       ///< "town-os-package--default-nginx-2.0.service" (package format 13)
  std::string container;  ///< container name: `unit` without ".service"
  std::string description;
  std::string image;  ///< normalised reference
  std::vector<std::string> entrypoint;
  std::vector<std::string> command;
  std::map<std::string, Secret> environment;
  std::vector<MountSpec> mounts;  ///< parents before children
  std::string network;            ///< podman network name
  std::vector<std::string> aliases;
  std::vector<PublishedPort> ports;
  bool running = true;
  std::uint64_t restarts = 0;
  std::vector<std::string> after{};  ///< units that start before it and stop after it
  /// Run by a shell in the container once per `installation`, in this order (package format 3.10).
  std::vector<Secret> post_install{};
  std::string installation{};  ///< of the package; empty where nothing is to be run
  /// The same, whenever it runs from another image of the same name.
  std::vector<Secret> post_update{};

  bool operator==(const UnitSpec&) const = default;
};

/// Derived. A podman network, one per dependency tree.
struct NetworkSpec {
  std::string network;  ///< "town-os-net--default-nginx-2.0"

  bool operator==(const NetworkSpec&) const = default;
};

/// Derived. A claim on a port of the machine, at `port/<protocol>/<number>`: two packages that want
/// the same one cannot both be in a graph.
struct PortSpec {
  std::uint16_t number = 0;
  std::string protocol = "tcp";
  std::string unit;  ///< text of the key of the unit that publishes it

  bool operator==(const PortSpec&) const = default;
};

/// Declared. One of the box's settings.
struct SettingSpec {
  std::string value;

  bool operator==(const SettingSpec&) const = default;
};

/// Declared. The answers of an uninstalled package, offered when it is installed again
/// (package format 11); the key is `answers/<repo>/<name>`.
struct AnswersSpec {
  std::map<std::string, Secret> responses;
  /// Of what it brought along, by member as in PackageSpec.
  std::map<std::string, std::map<std::string, Secret>> members{};

  bool operator==(const AnswersSpec&) const = default;
};

/// Declared by the box itself. The disk that its data lies on, at `disk/data`.
struct DiskSpec {
  /// Bytes kept back, so that on a full disk there is room to write down what makes it empty again;
  /// on a small disk less.
  std::uint64_t reserve = 0;

  bool operator==(const DiskSpec&) const = default;
};

/// Declared. A web site of the person's own, at `page/<name>` (api contract 7.2).
struct PageSpec {
  std::string source_type = "archive";  ///< "archive", "container_image" or "git"
  std::string repo_url;                 ///< of a git page, without credentials
  std::string branch = "main";
  std::string domain;
  std::string image;            ///< of a container_image page, normalised
  std::string image_directory;  ///< absolute path in that image
  std::string status = "pending";
  std::int64_t created = 0;  ///< Unix seconds
  std::int64_t updated = 0;

  bool operator==(const PageSpec&) const = default;
};

/// Declared. A disk image for virtual machines, at `vm-image/<name>` (api contract 7.1).
struct VmImageSpec {
  std::string url;  ///< http or https, without credentials

  bool operator==(const VmImageSpec&) const = default;
};

/// In the order of `Kind`.
using Spec = std::variant<RepositorySpec, PackageSpec, VolumeSpec, ImageSpec, UnitSpec, NetworkSpec,
                          PortSpec, SettingSpec, AnswersSpec, DiskSpec, PageSpec, VmImageSpec>;

/// The kind whose spec this is.
inline Kind kind_of(const Spec& spec) { return static_cast<Kind>(spec.index()); }

/// What JSON of a spec is for: the store keeps everything, people never see a secret.
enum class Secrets { keep, mask };

/// Complete and stable: members sorted, none left out. With `Secrets::mask` each secret is "***".
nlohmann::json to_json(const Spec& spec, Secrets secrets);

/// The reverse of `to_json(…, Secrets::keep)`; unknown members are ignored, missing ones keep their
/// default. Throws Error{internal} on anything else.
Spec spec_from_json(Kind kind, const nlohmann::json& json);

/// 32 hex digits that stand for the spec: equal specs have equal digests.
std::string digest(const Spec& spec);

}  // namespace town

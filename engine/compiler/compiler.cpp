#include "engine/compiler/compiler.h"

#include <algorithm>

#include "engine/package/answers.h"
#include "engine/package/definition.h"
#include "engine/package/names.h"
#include "engine/package/resolve.h"

namespace town {
namespace {

/// Who undoes what outside, by kind; images stay for the next install, and nothing is left of a
/// port.
std::vector<std::string> finalizers(Kind kind) {
  switch (kind) {
    case Kind::volume:
      return {"volumes"};
    case Kind::unit:
      return {"units"};
    case Kind::network:
    case Kind::port:
      return {"networks"};
    default:
      return {};
  }
}

Resource make(Key key, Spec spec, std::vector<Key> needs) {
  Resource resource;
  resource.key = std::move(key);
  resource.digest = digest(spec);
  resource.spec = std::move(spec);
  std::sort(needs.begin(), needs.end());
  resource.needs = std::move(needs);
  resource.finalizers = finalizers(resource.key.kind);
  return resource;
}

class PackageCompiler {
 public:
  PackageCompiler(const Key& key, const PackageSpec& spec, const package::ResolvedPackage& package)
      : key_(key), spec_(spec), package_(package), base_(spec.repo + "/" + spec.name) {}

  std::vector<Resource> make_all() {
    image();
    network();
    volumes();
    ports();
    unit();
    return std::move(resources_);
  }

 private:
  void add(Key key, Spec spec, std::vector<Key> needs) {
    auto resource = make(std::move(key), std::move(spec), std::move(needs));
    resource.owner = key_;
    unit_needs_.push_back(resource.key);
    resources_.push_back(std::move(resource));
  }

  void image() {
    image_ = {Kind::image, base_};
    add(image_, ImageSpec{package_.image}, {});
  }

  // Nothing is made on the disk for an app whose image cannot be had: hence the need for the image.
  void network() {
    unit_.network = package::network_name(spec_.repo, spec_.name, spec_.version);
    add({Kind::network, base_ + "/" + spec_.version}, NetworkSpec{unit_.network}, {image_});
  }

  void volumes() {
    for (const auto& volume : package_.volumes) {
      VolumeSpec wanted;
      wanted.id = spec_.volume_ids.at(volume.name);
      wanted.path = package::installed_path(spec_.repo, package::storage_path(spec_.name),
                                            spec_.version, volume.name);
      const auto chosen = spec_.quotas.find(volume.name);
      wanted.quota = chosen != spec_.quotas.end() ? chosen->second : volume.quota.value_or(0);
      if (volume.uid && volume.gid) {
        wanted.uid = volume.uid;
        wanted.gid = volume.gid;
      }
      const auto source = spec_.clone_of.find(volume.name);
      if (source != spec_.clone_of.end()) wanted.clone_of = source->second;
      const Key key{Kind::volume, wanted.path};
      unit_.mounts.push_back({key, wanted.path, volume.mountpoint});
      add(key, std::move(wanted), {image_});
    }
  }

  void ports() {
    for (const auto& port : package_.ports) {
      if (port.ingress)
        continue;  // reached through the shared ingress, not through a port of its own
      unit_.ports.push_back({port.host, port.container, "tcp"});
      add({Kind::port, "tcp/" + std::to_string(port.host)},
          PortSpec{port.host, "tcp", to_string(Key{Kind::unit, base_})}, {});
    }
    std::sort(unit_.ports.begin(), unit_.ports.end());
  }

  void unit() {
    unit_.unit = package::unit_name(spec_.repo, spec_.name, spec_.version);
    unit_.container = package::container_name(spec_.repo, spec_.name, spec_.version);
    unit_.description = "Town OS: " + (package_.description.empty() ? base_ : package_.description);
    unit_.image = package_.image;
    unit_.entrypoint = package_.entrypoint;
    unit_.command = package_.command;
    for (const auto& [name, value] : package_.environment) {
      unit_.environment.emplace(name, Secret(value));
    }
    unit_.aliases = {spec_.name};
    unit_.running = spec_.enabled && !spec_.stopped;
    unit_.restarts = spec_.restarts;
    add({Kind::unit, base_}, std::move(unit_), std::move(unit_needs_));
  }

  const Key& key_;
  const PackageSpec& spec_;
  const package::ResolvedPackage& package_;
  std::string base_;
  Key image_;
  UnitSpec unit_;
  std::vector<Key> unit_needs_;
  std::vector<Resource> resources_;
};

std::optional<std::string> known(const std::string& host) {
  return host.empty() ? std::nullopt : std::optional(host);
}

}  // namespace

Compiled compile_package(const Key& key, const PackageSpec& spec, const CompileFacts& facts) {
  Compiled compiled;
  const auto parsed = package::parse_definition(spec.definition);
  compiled.faults = parsed.faults;
  if (!compiled.faults.empty()) return compiled;

  package::AnswerContext context;
  context.package_name = spec.name;
  for (const auto& [name, value] : spec.responses) context.given.emplace(name, value.reveal());
  // All was drawn at admission; asking again would make the graph differ from one time to the next.
  context.free_port = [](const std::set<std::uint16_t>&) { return std::uint16_t{0}; };
  context.random_hex = [](std::size_t) { return std::string(); };
  const auto answered = package::answer(parsed.definition, context);
  for (const auto& [name, fault] : answered.faults) {
    compiled.faults.push_back({"responses." + name, fault, 0});
  }

  package::ResolveContext resolve;
  resolve.repo = spec.repo;
  resolve.name = spec.name;
  resolve.version = spec.version;
  resolve.tld = facts.tld;
  resolve.default_quota = facts.default_quota;
  resolve.internal_host = known(facts.internal_host);
  resolve.external_host = known(facts.external_host);
  const auto resolved = package::resolve(parsed.definition, answered.values, resolve);
  compiled.faults.insert(compiled.faults.end(), resolved.faults.begin(), resolved.faults.end());
  for (const auto& volume : resolved.package.volumes) {
    if (!spec.volume_ids.contains(volume.name)) {
      compiled.faults.push_back({"volumes." + volume.name, "was given no identity", 0});
    }
  }
  if (compiled.faults.empty()) {
    compiled.resources = PackageCompiler(key, spec, resolved.package).make_all();
  }
  return compiled;
}

Resource compile_declared(const Key& key, const Spec& spec) { return make(key, spec, {}); }

}  // namespace town

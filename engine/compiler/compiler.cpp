#include "engine/compiler/compiler.h"

#include <algorithm>
#include <set>

#include "engine/compiler/files.h"
#include "engine/compiler/parts.h"
#include "engine/compiler/seeds.h"
#include "engine/package/names.h"

namespace town {
namespace {

using package::ResolvedPackage;
using package::Tree;
using Keys = std::vector<std::string>;

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
  needs.erase(std::unique(needs.begin(), needs.end()), needs.end());
  resource.needs = std::move(needs);
  resource.finalizers = finalizers(resource.key.kind);
  return resource;
}

/// The volume with that name, which resolve() has made sure of.
const package::ResolvedVolume* find_volume(const ResolvedPackage& package,
                                           const std::string& name) {
  const auto found = std::find_if(package.volumes.begin(), package.volumes.end(),
                                  [&](const auto& volume) { return volume.name == name; });
  return found == package.volumes.end() ? nullptr : &*found;
}

/// The short names that the members go by on their common network: a dependency's key. Where two
/// members of one tree have the same key it is the one's nearer to the top, or nobody's: a name
/// that stands for two databases would be worse than none.
std::map<std::string, Keys> aliases_of(const Tree& root) {
  std::map<std::string, Keys> aliases;
  std::set<std::string> contested;
  std::vector<const Tree*> level = {&root};
  while (!level.empty()) {
    std::vector<const Tree*> next;
    std::map<std::string, Keys> here;
    for (const Tree* tree : level) {
      for (const auto& [key, child] : tree->dependencies) {
        next.push_back(&child);
        if (aliases.contains(key)) continue;
        if (!here.emplace(key, child.keys).second) contested.insert(key);
      }
    }
    for (const auto& key : contested) here.erase(key);
    aliases.merge(here);
    level = std::move(next);
  }
  return aliases;
}

/// Makes the resources of a package and of what it brings along: all on one network, each unit
/// resting on those of its dependencies.
class TreeCompiler {
 public:
  TreeCompiler(const Key& key, const PackageSpec& spec, const CompileFacts& facts, const Tree& root,
               const FindPackage& find)
      : key_(key),
        spec_(spec),
        facts_(facts),
        root_(root),
        find_(find),
        aliases_(aliases_of(root)) {}

  Compiled make_all() {
    name_images(root_);
    part(root_, nullptr, "");
    return std::move(compiled_);
  }

 private:
  /// What is being made of one part.
  struct Draft {
    const Tree& tree;
    const ResolvedPackage& package;
    Part decided;
    std::string base;  ///< "<repo>/<effective name>", the name of its resources
    Key image;
    UnitSpec unit;
    std::vector<Key> needs;
    std::vector<std::string> injected;  ///< commands after the installation, from above
  };

  void name_images(const Tree& tree) {
    const auto& package = tree.compiled.package;
    images_.push_back({Kind::image, package.repo + "/" + package.name});
    for (const auto& [key, child] : tree.dependencies) name_images(child);
  }

  Key part(const Tree& tree, const Tree* parent, const std::string& key) {
    const auto& package = tree.compiled.package;
    Draft draft{
        tree, package, *part_of(spec_, tree.keys), package.repo + "/" + package.name, {}, {},
        {},   {}};
    image(draft);
    network(draft);
    volumes(draft);
    dependencies(draft);
    if (parent != nullptr) {
      consume(draft, *parent, key);
      draft.injected = parent->compiled.package.dependencies.at(key).post_install;
    }
    attach(draft);
    std::stable_sort(draft.unit.mounts.begin(), draft.unit.mounts.end(),
                     [](const MountSpec& a, const MountSpec& b) { return a.target < b.target; });
    if (parent == nullptr) ports(draft);
    return unit(draft);
  }

  void add(Draft& draft, Key key, Spec spec, std::vector<Key> needs) {
    draft.needs.push_back(key);
    auto resource = make(std::move(key), std::move(spec), std::move(needs));
    resource.owner = key_;
    compiled_.resources.push_back(std::move(resource));
  }

  void image(Draft& draft) {
    draft.image = {Kind::image, draft.base};
    add(draft, draft.image, ImageSpec{draft.package.image}, {});
  }

  // Nothing is made on the disk for an app whose image cannot be had: hence the need for the image.
  void network(Draft& draft) {
    draft.unit.network = package::network_name(spec_.repo, spec_.name, spec_.version);
    const Key network{Kind::network, key_.name + "/" + spec_.version};
    if (!draft.tree.keys.empty()) {
      draft.needs.push_back(network);
      return;
    }
    add(draft, network, NetworkSpec{draft.unit.network}, {draft.image});
  }

  void volumes(Draft& draft) {
    auto files = rendered_files(draft.tree, facts_, compiled_.faults);
    auto seeds = seeds_of(draft.package, compiled_.faults);
    for (const auto& volume : draft.package.volumes) {
      VolumeSpec wanted;
      wanted.id = draft.decided.volume_ids.at(volume.name);
      wanted.path = volume_path(spec_, draft.tree.keys, draft.decided.version, volume.name);
      const auto chosen = draft.decided.quotas.find(volume.name);
      wanted.quota =
          chosen != draft.decided.quotas.end() ? chosen->second : volume.quota.value_or(0);
      if (volume.uid && volume.gid) {
        wanted.uid = volume.uid;
        wanted.gid = volume.gid;
      }
      const auto source = draft.decided.clone_of.find(volume.name);
      if (source != draft.decided.clone_of.end()) wanted.clone_of = source->second;
      wanted.files = std::move(files[volume.name]);
      wanted.seeds = std::move(seeds[volume.name]);
      const Key key{Kind::volume, wanted.path};
      draft.unit.mounts.push_back({key, wanted.path, volume.mountpoint});
      add(draft, key, std::move(wanted), {draft.image});
    }
  }

  void dependencies(Draft& draft) {
    for (const auto& [key, child] : draft.tree.dependencies) {
      draft.needs.push_back(part(child, &draft.tree, key));
      draft.unit.after.push_back(package::unit_name(child.compiled.package.repo,
                                                    child.compiled.package.name,
                                                    child.compiled.package.version));
      for (const auto& [volume, exposed] : draft.package.dependencies.at(key).expose) {
        borrow(draft, child, volume, exposed.path, exposed.readonly);
      }
    }
  }

  /// Volumes of siblings.
  void consume(Draft& draft, const Tree& parent, const std::string& key) {
    for (const auto& wish : parent.compiled.package.dependencies.at(key).consume) {
      const auto from = parent.dependencies.find(wish.from);
      if (from == parent.dependencies.end()) continue;
      borrow(draft, from->second, wish.volume, wish.path, wish.readonly);
    }
  }

  void borrow(Draft& draft, const Tree& from, const std::string& volume, const std::string& target,
              bool read_only) {
    if (!find_volume(from.compiled.package, volume)) return;
    const auto path = volume_path(spec_, from.keys, part_of(spec_, from.keys)->version, volume);
    const Key key{Kind::volume, path};
    draft.unit.mounts.push_back({key, path, target, read_only});
    draft.needs.push_back(key);
  }

  /// Volumes of other packages. They are theirs: this one only rests on them.
  void attach(Draft& draft) const {
    for (const auto& [name, wish] : draft.package.attach) {
      const auto exported = find_exported(wish.volume, find_);
      if (!exported) continue;
      draft.unit.mounts.push_back({exported->volume, exported->path, wish.path, wish.readonly});
      draft.needs.push_back(exported->volume);
    }
  }

  void ports(Draft& draft) {
    for (const auto& port : draft.package.ports) {
      if (port.ingress)
        continue;  // reached through the shared ingress, not through a port of its own
      draft.unit.ports.push_back({port.host, port.container, "tcp"});
      add(draft, {Kind::port, "tcp/" + std::to_string(port.host)},
          PortSpec{port.host, "tcp", to_string(Key{Kind::unit, draft.base})}, {});
    }
    std::sort(draft.unit.ports.begin(), draft.unit.ports.end());
  }

  /// Those of its own file, then those that the package which brings it along has for it.
  void commands(Draft& draft) const {
    for (const auto& line : draft.package.post_install) {
      draft.unit.post_install.emplace_back(line);
    }
    for (const auto& line : draft.injected) draft.unit.post_install.emplace_back(line);
    if (!draft.unit.post_install.empty()) draft.unit.installation = spec_.installation;
    for (const auto& line : draft.package.post_update) draft.unit.post_update.emplace_back(line);
  }

  Key unit(Draft& draft) {
    const auto& package = draft.package;
    UnitSpec& unit = draft.unit;
    unit.unit = package::unit_name(package.repo, package.name, package.version);
    unit.container = package::container_name(package.repo, package.name, package.version);
    unit.description =
        "Town OS: " + (package.description.empty() ? draft.base : package.description);
    unit.image = package.image;
    unit.entrypoint = package.entrypoint;
    unit.command = package.command;
    for (const auto& [name, value] : package.environment) {
      unit.environment.emplace(name, Secret(value));
    }
    commands(draft);
    unit.aliases = {package.name};
    if (!draft.tree.keys.empty()) {
      const auto& key = draft.tree.keys.back();
      const auto alias = aliases_.find(key);
      if (alias != aliases_.end() && alias->second == draft.tree.keys) unit.aliases.push_back(key);
    }
    unit.running = spec_.enabled && !spec_.stopped;
    if (draft.tree.keys.empty()) unit.restarts = spec_.restarts;
    // Nothing of the tree is switched before all of it can be: an app must not lose its database to
    // an upgrade whose image cannot be had.
    draft.needs.insert(draft.needs.end(), images_.begin(), images_.end());
    const Key key{Kind::unit, draft.base};
    add(draft, key, std::move(unit), draft.needs);
    return key;
  }

  const Key& key_;
  const PackageSpec& spec_;
  const CompileFacts& facts_;
  const Tree& root_;
  const FindPackage& find_;
  std::map<std::string, Keys> aliases_;
  std::vector<Key> images_;  ///< of the whole tree
  Compiled compiled_;
};

std::optional<std::string> known(const std::string& host) {
  return host.empty() ? std::nullopt : std::optional(host);
}

/// Parts and volumes that nothing was decided about.
void check_decided(const PackageSpec& spec, const Tree& tree, Diagnostics& faults) {
  const auto decided = part_of(spec, tree.keys);
  for (const auto& volume : tree.compiled.package.volumes) {
    if (!decided || !decided->volume_ids.contains(volume.name)) {
      faults.push_back({"volumes." + volume.name, "was given no identity", 0});
    }
  }
  for (const auto& [key, child] : tree.dependencies) check_decided(spec, child, faults);
}

}  // namespace

package::ResolveContext resolve_context(const CompileFacts& facts, const std::string& repo,
                                        const std::string& name, const std::string& version) {
  package::ResolveContext context;
  context.repo = repo;
  context.name = name;
  context.version = version;
  context.tld = facts.tld;
  context.default_quota = facts.default_quota;
  context.internal_host = known(facts.internal_host);
  context.external_host = known(facts.external_host);
  return context;
}

Compiled compile_package(const Key& key, const PackageSpec& spec, const CompileFacts& facts,
                         const FindPackage& find) {
  package::AnswerContext answers;
  answers.package_name = spec.name;
  answers.given = reveal(spec.responses);
  // All was drawn at admission; asking again would make the graph differ from one time to the next.
  answers.free_port = [](const std::set<std::uint16_t>&) { return std::uint16_t{0}; };
  answers.random_hex = [](std::size_t) { return std::string(); };
  const auto finder = recorded_parts(spec);
  auto tree =
      package::compile_tree(spec.package, spec.definition, answers,
                            resolve_context(facts, spec.repo, spec.name, spec.version), finder);
  Compiled compiled;
  compiled.faults = std::move(tree.compiled.faults);
  if (!compiled.faults.empty()) return compiled;
  check_decided(spec, tree, compiled.faults);
  if (!compiled.faults.empty()) return compiled;
  return TreeCompiler(key, spec, facts, tree, find).make_all();
}

Resource compile_declared(const Key& key, const Spec& spec) { return make(key, spec, {}); }

}  // namespace town

#include "engine/package/tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "engine/package/names.h"
#include "engine/package/text.h"

namespace town::package {
namespace {

/// An answer that a parent gives comes to more than this only by intent.
constexpr std::size_t kLongestAnswer = 1U << 20U;

/// Which file: a package that stands above itself would never come to an end.
using Identity = std::tuple<std::string, std::string, std::string>;

/// Compiles the members of one tree, depth first.
class Grower {
 public:
  Grower(const AnswerContext& chance, const PackageFinder& finder)
      : chance_(chance), finder_(finder) {}

  Tree grow(std::string_view source, std::string_view text, std::vector<std::string> keys,
            const AnswerContext& answers, const ResolveContext& box) {
    Tree tree;
    tree.source = source;
    tree.text = text;
    tree.keys = std::move(keys);
    ++members_;
    above_.emplace_back(box.repo, tree.source, box.version);
    names_.push_back(box.name);
    tree.compiled =
        compile(parse_definition(text), answers, box,
                [&](const Definition& definition, const auto& values, ResolveContext& own) {
                  return add_dependencies(tree, definition, values, own);
                });
    above_.pop_back();
    names_.pop_back();
    if (tree.keys.empty()) report_limit(tree);
    describe(tree);
    return tree;
  }

 private:
  void report_limit(Tree& root) const {
    if (limit_.empty()) return;
    std::string way;
    for (const auto& key : limit_keys_) way += (way.empty() ? "" : "/") + key;
    root.compiled.faults.push_back({"dependencies." + limit_keys_.front(),
                                    fmt::format("at {}: {}", in_quotes(way), limit_), 0});
  }

  Diagnostics add_dependencies(Tree& tree, const Definition& definition,
                               const std::map<std::string, std::string>& values,
                               ResolveContext& box) {
    Diagnostics faults;
    // Answers at fault would be faults of the dependencies, too.
    if (!box.unknown.empty()) return faults;
    for (const auto& key : order_dependencies(definition).order) {
      const std::string field = "dependencies." + key;
      const auto& declared = definition.dependencies.at(key);
      auto found = find(tree, key, declared, box.repo, field, faults);
      if (!found) continue;
      Tree child = add(tree, key, declared, *found, variables_of(definition, values, box), box);
      report(field, child, faults);
      if (child.compiled.package.runtime == Runtime::vm && !declared.post_install.empty())
        faults.push_back({field + ".post_install",
                          fmt::format("{} is a vm: no command can be run in it", child.source), 0});
      for (auto& variable : dependency_variables(key, child.compiled.package))
        box.variables.insert(std::move(variable));
      tree.dependencies.emplace(key, std::move(child));
    }
    check_shared(tree, definition, faults);
    return faults;
  }

  std::optional<FoundPackage> find(const Tree& parent, const std::string& key,
                                   const DependencyDeclaration& declared, const std::string& repo,
                                   const std::string& field, Diagnostics& faults) {
    if (finder_.recorded) {
      auto keys = parent.keys;
      keys.push_back(key);
      if (auto found = finder_.recorded(keys)) return found;
    }
    if (!limit_.empty()) return {};
    const std::string& wanted = declared.repo.empty() ? repo : declared.repo;
    // Names at fault were reported when the file was read.
    if (!valid_segment(declared.package) || !valid_segment(wanted)) return {};
    if (!declared.version.empty() && !valid_segment(declared.version)) return {};
    auto found = finder_.find(wanted, declared.package, declared.version);
    if (!found) {
      const bool other = !declared.version.empty() && finder_.find(wanted, declared.package, "");
      faults.push_back({field + (other ? ".version" : ".package"),
                        fmt::format("there is no {}{} in the repository {}", declared.package,
                                    other ? " " + declared.version : "", wanted),
                        0});
      return {};
    }
    if (std::ranges::find(above_, Identity{found->repo, declared.package, found->version}) !=
        above_.end()) {
      faults.push_back({field, fmt::format("{} needs itself", declared.package), 0});
      return {};
    }
    bytes_ += found->text.size();
    return fits(parent, key, *found) ? std::move(found) : std::nullopt;
  }

  /// Whether the tree may have this member as well. What is too much is said once, of the whole
  /// tree: each branch of a tree without end would say it again.
  bool fits(const Tree& parent, const std::string& key, const FoundPackage& found) {
    if (bytes_ > kMostTreeBytes)
      limit_ = fmt::format("the files of one tree hold more than {} bytes", kMostTreeBytes);
    else if (above_.size() > kDeepestTree)
      limit_ = fmt::format("the dependencies go down more than {} levels", kDeepestTree);
    else if (members_ >= kMostTreeMembers)
      limit_ = fmt::format("a package and all that it brings along may be {} packages, not more",
                           kMostTreeMembers);
    else if (unit_name(found.repo, dependency_name(names_.back(), key), found.version).size() >
             kLongestUnitName)
      limit_ = fmt::format(
          "the name of the unit, which holds the key of every dependency on the way, would be "
          "longer than {} characters: shorter keys leave room for more levels",
          kLongestUnitName);
    if (limit_.empty()) return true;
    limit_keys_ = parent.keys;
    limit_keys_.push_back(key);
    return false;
  }

  Tree add(const Tree& parent, const std::string& key, const DependencyDeclaration& declared,
           const FoundPackage& found, const Variables& table, const ResolveContext& parent_box) {
    auto keys = parent.keys;
    keys.push_back(key);
    ResolveContext box = parent_box;
    box.repo = found.repo;
    box.name = dependency_name(parent_box.name, key);
    box.version = found.version;
    box.dependency = true;
    box.variables.clear();
    AnswerContext answers;
    answers.package_name = box.name;
    answers.free_port = chance_.free_port;
    answers.random_hex = chance_.random_hex;
    if (finder_.stored) answers.installed = finder_.stored(keys);
    for (const auto& [name, text] : declared.responses) {
      auto value = substitute(text, table, kLongestAnswer);
      // "Make one up" was done when it was installed, and the result is in use.
      const bool made = answers.installed.contains(name) && !answers.installed.at(name).empty();
      if (made && (value.empty() || value == kAuto)) continue;
      answers.given[name] = std::move(value);
    }
    return grow(declared.package, found.text, std::move(keys), answers, box);
  }

  /// A dependency's faults are its parent's: on the answers that it was given, or on all of it.
  static void report(const std::string& field, Tree& child, Diagnostics& faults) {
    for (auto& fault : child.compiled.faults) {
      const bool answer = fault.field.starts_with("responses.");
      const auto line = fault.line > 0 ? fmt::format(", line {}", fault.line) : std::string();
      auto message = fmt::format("in {}{}: {}: {}", child.source, line, fault.field, fault.message);
      faults.push_back({answer ? field + ".responses" : field, std::move(message), 0});
    }
    child.compiled.faults.clear();
  }

  /// Only shareable volumes may be mounted elsewhere (3.5).
  static void check_shared(const Tree& tree, const Definition& definition, Diagnostics& faults) {
    const auto check = [&](const std::string& owner, const std::string& volume, std::string field) {
      const auto found = tree.dependencies.find(owner);
      if (found == tree.dependencies.end()) return;
      const auto& volumes = found->second.compiled.definition.volumes;
      const auto declared = volumes.find(volume);
      if (declared == volumes.end() || !declared->second.shareable)
        faults.push_back(
            {std::move(field), fmt::format("{} has no shareable volume {}", owner, volume), 0});
    };
    for (const auto& [key, declared] : definition.dependencies) {
      for (const auto& entry : declared.expose)
        check(key, entry.first, fmt::format("dependencies.{}.expose.{}", key, entry.first));
      for (std::size_t i = 0; i < declared.consume.size(); ++i)
        check(declared.consume[i].from, declared.consume[i].volume,
              fmt::format("dependencies.{}.consume[{}].volume", key, i));
    }
  }

  /// Puts into the resolved package what is known once its dependencies are.
  static void describe(Tree& tree) {
    ResolvedPackage& package = tree.compiled.package;
    for (const auto& [key, child] : tree.dependencies) {
      const auto declared = package.dependencies.find(key);
      if (declared == package.dependencies.end()) continue;
      declared->second.repo = child.compiled.package.repo;
      declared->second.version = child.compiled.package.version;
      if (package.runtime == Runtime::container)
        package.environment.merge(dependency_environment(key, child.compiled.package));
    }
  }

  const AnswerContext& chance_;
  const PackageFinder& finder_;
  std::vector<Identity> above_;
  std::vector<std::string> names_;       ///< effective, of those above
  std::string limit_;                    ///< that the tree has hit; it does not grow any more then
  std::vector<std::string> limit_keys_;  ///< where
  std::size_t members_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace

Tree compile_tree(std::string_view source, std::string_view text, const AnswerContext& answers,
                  const ResolveContext& box, const PackageFinder& finder) {
  return Grower(answers, finder).grow(source, text, {}, answers, box);
}

std::map<std::string, std::string> dependency_variables(std::string_view key,
                                                        const ResolvedPackage& dependency) {
  const std::string prefix = fmt::format("dep_{}_", to_lower(key));
  std::map<std::string, std::string> variables;
  variables[prefix + "host"] = container_name(dependency.repo, dependency.name, dependency.version);
  for (const auto& port : dependency.ports) {
    const auto number = std::to_string(port.container);
    variables[fmt::format("{}port_{}", prefix, number)] = number;
    if (!port.name.empty())
      variables[fmt::format("{}port_{}", prefix, to_lower(port.name))] = number;
  }
  return variables;
}

std::map<std::string, std::string> dependency_environment(std::string_view key,
                                                          const ResolvedPackage& dependency) {
  std::map<std::string, std::string> environment;
  for (auto& [name, value] : dependency_variables(key, dependency))
    environment.emplace("TOWNOS_" + to_upper(name), value);
  return environment;
}

}  // namespace town::package

// A package together with everything it needs (package format 10): dependencies found, answered and
// resolved, each before what needs it, so that every marker has its value. Touches nothing itself:
// files come through `find`, chance through the answers' functions. Any thread.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/package/compile.h"

namespace town::package {

/// A package's file in a repository.
struct FoundPackage {
  std::string repo;
  std::string version;
  std::string text;
};

/// Where dependencies come from. `repo` is the wanted one; how to go on where the package is not
/// there is the finder's to decide (1.4, 10.1). An empty version asks for the latest. May throw.
struct PackageFinder {
  std::function<std::optional<FoundPackage>(const std::string& repo, const std::string& package,
                                            const std::string& version)>
      find;
  /// What was found earlier for the dependency at these keys, and stays so. Where it answers,
  /// `find` is not asked. May be left out.
  std::function<std::optional<FoundPackage>(const std::vector<std::string>& keys)> recorded{};
  /// The stored answers of a dependency, by the keys that lead to it from the root. They are kept:
  /// a password made once is in use (11). May be left out.
  std::function<std::map<std::string, std::string>(const std::vector<std::string>& keys)> stored{};
};

/// One package of the tree.
struct Tree {
  std::string source;             ///< its name in the repository
  std::string text;               ///< its file
  std::vector<std::string> keys;  ///< from the root; empty for the root itself
  Compiled compiled;              ///< of a dependency without faults: those are the root's
  std::map<std::string, Tree> dependencies;
};

/// More members than this is a mistake or an attack: each one is a container.
inline constexpr std::size_t kMostTreeMembers = 1'000;
inline constexpr std::size_t kDeepestTree = 64;
/// All files of the dependencies together: each stays in memory until the tree stands.
inline constexpr std::size_t kMostTreeBytes = 16U << 20U;

/// Compiles `text` with all that it needs. Every fault is among `compiled.faults` of the result:
/// those of dependencies on "dependencies.KEY", ".package", ".version", ".responses" of the member
/// whose declaration led there. A package that needs itself, however far down, is such a fault.
Tree compile_tree(std::string_view source, std::string_view text, const AnswerContext& answers,
                  const ResolveContext& box, const PackageFinder& finder);

/// The variables that a resolved dependency gives to its parent and siblings:
/// `dep_<key>_host`, `dep_<key>_port_<number>`, `dep_<key>_port_<name>` (5.2).
std::map<std::string, std::string> dependency_variables(std::string_view key,
                                                        const ResolvedPackage& dependency);

/// The same as environment variables of the parent, `TOWNOS_DEP_<KEY>_…` (10.5).
std::map<std::string, std::string> dependency_environment(std::string_view key,
                                                          const ResolvedPackage& dependency);

}  // namespace town::package

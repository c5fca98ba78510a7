#include "engine/admission/warnings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "engine/admission/kept_volumes.h"
#include "engine/compiler/parts.h"
#include "engine/package/names.h"
#include "engine/package/version.h"

namespace town {
namespace {

using package::Tree;

/// Nobody begins anew by oversight: data that waits is named.
void tell_of_kept_data(const Install& request, Draft& draft, const PackageSpec& wanted) {
  if (request.reuse_volumes || !request.import_from_version.empty()) return;
  std::set<std::string> versions;
  for (const auto& kept : kept_volumes(draft, wanted.repo, package::storage_path(wanted.name))) {
    versions.insert(kept.version);
  }
  if (versions.empty()) return;
  draft.warn({"reuse_volumes",
              fmt::format("the data of an earlier install of {} (version {}) is kept and would not "
                          "be used: install with --reuse to take it back",
                          wanted.name, fmt::join(versions, ", ")),
              0});
}

/// The field that leads to a part: "dependencies.db" for it and all that it brings along itself.
std::string field_of(const Tree& tree) {
  return tree.keys.empty() ? std::string() : "dependencies." + tree.keys.front();
}

/// What the files themselves are warned of, a secret on a command line above all.
void tell_of_files(Draft& draft, const Tree& tree) {
  for (auto warning : tree.compiled.warnings) {
    if (!tree.keys.empty()) {
      warning.message = fmt::format("in {} ({}): {}: {}", part_name(tree.keys), tree.source,
                                    warning.field, warning.message);
      warning.field = field_of(tree);
      warning.line = 0;
    }
    draft.warn(std::move(warning));
  }
  for (const auto& [key, child] : tree.dependencies) tell_of_files(draft, child);
}

/// Programs read what older ones have written, and seldom the other way round.
void tell_of_going_back(Draft& draft, const Tree& tree, const PackageSpec& installed) {
  const auto& wanted = tree.compiled.package;
  const auto before = part_of(installed, tree.keys);
  const bool same = before && (tree.keys.empty() ||
                               installed.members.at(part_name(tree.keys)).package == tree.source);
  if (same && package::compare_versions(before->version, wanted.version) > 0) {
    const auto who =
        tree.keys.empty() ? tree.source : fmt::format("{} ({})", part_name(tree.keys), tree.source);
    draft.warn({tree.keys.empty() ? "version" : field_of(tree),
                fmt::format("{} goes back from {} to {}: it may not be able to read what {} has "
                            "written",
                            who, before->version, wanted.version, before->version),
                0});
  }
  for (const auto& [key, child] : tree.dependencies) tell_of_going_back(draft, child, installed);
}

}  // namespace

void warn_of_install(const Install& request, Draft& draft, const Tree& tree,
                     const PackageSpec* installed, const PackageSpec& wanted) {
  if (!installed) tell_of_kept_data(request, draft, wanted);
  if (installed) tell_of_going_back(draft, tree, *installed);
  tell_of_files(draft, tree);
}

}  // namespace town

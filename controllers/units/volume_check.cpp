#include "controllers/units/volume_check.h"

#include "state/digest.h"

namespace town::units {

std::vector<std::string> volume_ids(const Graph& graph, const UnitSpec& spec) {
  std::vector<std::string> ids;
  ids.reserve(spec.mounts.size());
  for (const auto& mount : spec.mounts) {
    const auto* volume = graph.spec<VolumeSpec>(mount.volume);
    ids.push_back(volume != nullptr ? volume->id : "-");
  }
  return ids;
}

std::vector<std::string> check_command(const VolumeCheck& check, const UnitSpec& spec,
                                       const std::vector<std::string>& ids) {
  if (check.program.empty() || spec.mounts.empty()) return {};
  std::vector<std::string> argv = {check.program.string(), check.root.string()};
  for (std::size_t i = 0; i < spec.mounts.size(); ++i) {
    argv.push_back(ids.at(i));
    argv.push_back(spec.mounts[i].path);
  }
  return argv;
}

std::string check_mark(const std::string& checker, const std::vector<std::string>& ids) {
  std::string text = checker;
  for (const auto& id : ids) text += ':' + id;
  return text;
}

std::string checker(const VolumeCheck& check) {
  return check.program.empty() ? "none"
                               : short_digest(check.program.string() + '\n' + check.root.string());
}

}  // namespace town::units

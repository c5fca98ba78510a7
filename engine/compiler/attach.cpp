#include "engine/compiler/attach.h"

#include <cctype>

#include "engine/compiler/parts.h"
#include "engine/package/definition.h"

namespace town {
namespace {

/// Not "attachments" for "attach": that stands in many a description.
bool has_word(const std::string& text, std::string_view word) {
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    const auto next = at + word.size();
    if (next >= text.size() || std::isalnum(static_cast<unsigned char>(text[next])) == 0) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::optional<Exported> find_exported(const std::string& reference, const FindPackage& find) {
  const auto last = reference.rfind('/');
  if (last == std::string::npos || !find) return std::nullopt;
  const auto* spec = find({Kind::package, reference.substr(0, last)});
  if (!spec) return std::nullopt;
  const auto name = reference.substr(last + 1);
  const auto parsed = package::parse_definition(spec->definition);
  const auto declared = parsed.definition.volumes.find(name);
  if (declared == parsed.definition.volumes.end() || !declared->second.exported ||
      !spec->volume_ids.contains(name)) {
    return std::nullopt;
  }
  const auto path = volume_path(*spec, {}, spec->version, name);
  return Exported{{Kind::volume, path}, path};
}

Diagnostics missing_attachments(const package::ResolvedPackage& package, const FindPackage& find) {
  Diagnostics faults;
  for (const auto& [name, attach] : package.attach) {
    if (find_exported(attach.volume, find)) continue;
    faults.push_back({"attach." + name + ".volume",
                      "\"" + attach.volume +
                          "\" is no volume that an installed app exports: install that app first, "
                          "or choose another volume",
                      0});
  }
  return faults;
}

bool may_attach(const std::string& definition) { return has_word(definition, "attach"); }

bool may_export(const std::string& definition) { return has_word(definition, "exported"); }

}  // namespace town

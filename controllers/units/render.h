// From the spec of a unit to the texts that systemd and podman read. Pure.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "controllers/units/volume_check.h"
#include "state/key.h"
#include "state/spec.h"

namespace town::units {

/// What the first line of a unit file of ours says.
struct FileMark {
  Key key;
  std::string spec;     ///< digest of the spec it was made from
  std::string check;    ///< check_mark() of what it asks before it starts
  bool intact = false;  ///< the rest of the text is as we wrote it
};

struct RenderPaths {
  std::filesystem::path environments = "/run/town-os/environment";
  std::function<std::filesystem::path(const std::string& path)>
      volume;  ///< absolute path of a volume
  VolumeCheck check{};
};

/// A container service: `Type=notify`, and podman gone once conmon watches the container. Answers
/// are not in it: they are in the environment file. `ids` are those of the mounted volumes.
std::string render_unit(const Key& key, const UnitSpec& spec, const std::string& digest,
                        const std::vector<std::string>& ids, const RenderPaths& paths);

/// "KEY=value" lines in podman's env-file form.
std::string render_environment(const UnitSpec& spec);

/// Reads the mark; none where the text is not ours.
std::optional<FileMark> read_mark(const std::string& text);

/// One argument of an Exec line, so that systemd passes it on byte by byte: double quotes with C
/// escapes, `%%` and `$$` (systemd.service(5), "COMMAND LINES"; systemd.unit(5), "SPECIFIERS").
std::string quote_argument(const std::string& argument);

/// A value of another directive: `%%`, and no line breaks.
std::string quote_value(const std::string& value);

}  // namespace town::units

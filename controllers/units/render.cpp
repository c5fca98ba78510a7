#include "controllers/units/render.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "controllers/marks.h"
#include "state/digest.h"
#include "state/error.h"

namespace town::units {
namespace {

constexpr std::string_view kMark = "# town-os ";

/// Seconds that a container gets to end by itself (package format 14.1).
constexpr int kStopSeconds = 10;
/// The image is there and nothing is downloaded: a container that is not up by then hangs.
constexpr int kStartSeconds = 90;

std::vector<std::string> run_arguments(const Key& key, const UnitSpec& spec,
                                       const std::string& digest, const RenderPaths& paths) {
  std::vector<std::string> argv = {"/usr/bin/podman",
                                   "run",
                                   "--detach",
                                   "--rm",
                                   "--replace",
                                   "--name",
                                   spec.container,
                                   "--pull=never",
                                   "--systemd=true",
                                   "--sdnotify=conmon",
                                   "--cgroups=no-conmon",
                                   "--log-driver=journald"};
  const auto annotate = [&](const std::string& name, const std::string& value) {
    argv.insert(argv.end(), {"--annotation", name + "=" + value});
  };
  annotate(marks::kKey, to_string(key));
  annotate(marks::kSpec, digest);
  annotate(marks::kUnit, spec.unit);
  argv.insert(argv.end(), {"--network", spec.network});
  for (const auto& alias : spec.aliases) argv.insert(argv.end(), {"--network-alias", alias});
  for (const auto& port : spec.ports) {
    argv.insert(argv.end(),
                {"--publish", fmt::format("{}:{}/{}", port.host, port.container, port.protocol)});
  }
  argv.insert(argv.end(), {"--env-file", (paths.environments / spec.unit).string()});
  for (const auto& mount : spec.mounts) {
    argv.insert(argv.end(),
                {"--volume", fmt::format("{}:{}:{},z", paths.volume(mount.path).string(),
                                         mount.target, mount.read_only ? "ro" : "rw")});
  }
  if (!spec.entrypoint.empty()) {
    argv.push_back("--entrypoint=" + nlohmann::json(spec.entrypoint).dump());
  }
  argv.push_back(spec.image);
  argv.insert(argv.end(), spec.command.begin(), spec.command.end());
  return argv;
}

std::string exec_line(const std::vector<std::string>& argv) {
  std::string line;
  for (const auto& argument : argv) {
    if (!line.empty()) line += ' ';
    line += quote_argument(argument);
  }
  return line;
}

/// The units that it rests on: they are stopped after it when the machine goes down.
std::string after(const UnitSpec& spec) {
  std::string text;
  for (const auto& unit : spec.after) text += " " + quote_value(unit);
  return text;
}

}  // namespace

std::string quote_argument(const std::string& argument) {
  std::string text = "\"";
  for (const char c : argument) {
    switch (c) {
      case '"':
        text += "\\\"";
        break;
      case '\\':
        text += "\\\\";
        break;
      case '\n':
        text += "\\n";
        break;
      case '\r':
        text += "\\r";
        break;
      case '\t':
        text += "\\t";
        break;
      case '%':
        text += "%%";
        break;
      case '$':
        text += "$$";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
          text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        } else {
          text += c;
        }
    }
  }
  return text + '"';
}

std::string quote_value(const std::string& value) {
  std::string text;
  for (const char c : value) {
    if (c == '%') {
      text += "%%";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      text += ' ';
    } else {
      text += c;
    }
  }
  // A backslash at the end would join the next line to this one.
  while (text.ends_with('\\')) text.pop_back();
  return text;
}

std::string render_unit(const Key& key, const UnitSpec& spec, const std::string& digest,
                        const std::vector<std::string>& ids, const RenderPaths& paths) {
  const auto check = check_command(paths.check, spec, ids);
  const std::vector<std::string> remove = {
      "/usr/bin/podman", "rm", "--force", "--ignore", "--time", std::to_string(kStopSeconds),
      spec.container};
  std::ostringstream body;
  body << "[Unit]\n"
       << "Description=" << quote_value(spec.description) << "\n"
       << "After=network-online.target" << after(spec) << "\n"
       << "\n[Service]\n"
       << "Type=notify\n"
       << "NotifyAccess=all\n";
  if (!check.empty()) body << "ExecStartPre=" << exec_line(check) << "\n";
  body << "ExecStart=" << exec_line(run_arguments(key, spec, digest, paths))
       << "\n"
       // Not "stop" and --rm's own clean-up: systemd kills that half-way, and a container that is
       // half removed keeps its network in use.
       << "ExecStop=" << exec_line(remove) << "\n"
       << "ExecStopPost=-" << exec_line(remove) << "\n"
       << "Restart=on-failure\n"
       << "RestartSec=1\n"
       << "TimeoutStartSec=" << kStartSeconds << "\n"
       << "TimeoutStopSec=" << kStopSeconds * 3 << "\n"
       << "KillMode=mixed\n"
       << "Delegate=yes\n";
  const auto text = body.str();
  return fmt::format("{}key={} spec={} check={} text={}\n{}", kMark, to_string(key), digest,
                     check_mark(checker(paths.check), ids), short_digest(text), text);
}

std::string render_environment(const UnitSpec& spec) {
  std::string text;
  for (const auto& [name, value] : spec.environment) {
    if (value.reveal().find('\n') != std::string::npos) {
      throw Error(Code::invalid, "LineBreakInValue",
                  "the environment variable " + name +
                      " holds a line break, which cannot be passed "
                      "to a container");
    }
    text += name + "=" + value.reveal() + "\n";
  }
  return text;
}

std::optional<FileMark> read_mark(const std::string& text) {
  const auto end = text.find('\n');
  if (!text.starts_with(kMark) || end == std::string::npos) return std::nullopt;
  std::istringstream words(text.substr(kMark.size(), end - kMark.size()));
  FileMark mark;
  std::string body;
  bool known = false;
  for (std::string word; words >> word;) {
    if (word.starts_with("key=")) {
      const auto key = parse_key(std::string_view(word).substr(4));
      known = key.has_value();
      if (known) mark.key = *key;
    }
    if (word.starts_with("spec=")) mark.spec = word.substr(5);
    if (word.starts_with("check=")) mark.check = word.substr(6);
    if (word.starts_with("text=")) body = word.substr(5);
  }
  if (!known) return std::nullopt;
  mark.intact = body == short_digest(std::string_view(text).substr(end + 1));
  return mark;
}

}  // namespace town::units

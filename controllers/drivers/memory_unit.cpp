#include "controllers/drivers/memory_unit.h"

#include <array>
#include <charconv>
#include <sstream>

namespace town {
namespace {

/// podman's switches that take no value; all others do, unless written with "=".
constexpr std::array kSwitches{"-d",
                               "--detach",
                               "--rm",
                               "--replace",
                               "-i",
                               "-t",
                               "-it",
                               "--interactive",
                               "--tty",
                               "--init",
                               "--read-only",
                               "--privileged",
                               "--no-healthcheck",
                               "--no-hosts",
                               "-q",
                               "--quiet",
                               "-P",
                               "--publish-all"};

/// Lines with their continuations joined, comments left out.
std::vector<std::string> logical_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  std::string pending;
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with('#') || line.starts_with(';')) continue;
    if (line.ends_with('\\')) {
      line.back() = ' ';
      pending += line;
      continue;
    }
    lines.push_back(pending + line);
    pending.clear();
  }
  if (!pending.empty()) lines.push_back(pending);
  return lines;
}

/// "%%" and the specifiers that our units may use (systemd.unit(5), "Specifiers").
std::string expand(const std::string& unit, const std::string& text) {
  const std::string stem = unit.substr(0, unit.rfind('.'));
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (text[i] == '%' && (next == '%' || next == 'n' || next == 'N')) {
      result += next == '%' ? "%" : next == 'n' ? unit : stem;
      ++i;
    } else if (text[i] == '$' && next == '$') {
      result += '$';
      ++i;
    } else {
      result += text[i];
    }
  }
  return result;
}

/// What stands behind a backslash at `at`, which is moved to its last character (systemd.syntax(7),
/// "Quoting").
char unescape(const std::string& line, std::size_t& at) {
  unsigned char code = 0;
  switch (line[at]) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 's':
      return ' ';
    case 'x':
      if (at + 2 < line.size() &&
          std::from_chars(&line[at + 1], &line[at + 3], code, 16).ptr == &line[at + 3]) {
        at += 2;
        return static_cast<char>(code);
      }
      return 'x';
    default:
      return line[at];
  }
}

/// Words of a command line by systemd's quoting (systemd.service(5), "Command lines").
std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> words;
  std::string word;
  bool inside = false;
  char quote = '\0';
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '\\' && i + 1 < line.size()) {
      word += unescape(line, ++i);
      inside = true;
    } else if (quote != '\0') {
      if (c == quote)
        quote = '\0';
      else
        word += c;
    } else if (c == '"' || c == '\'') {
      quote = c;
      inside = true;
    } else if (c == ' ' || c == '\t') {
      if (inside) words.push_back(word);
      word.clear();
      inside = false;
    } else {
      word += c;
      inside = true;
    }
  }
  if (inside) words.push_back(word);
  return words;
}

std::uint16_t number(std::string_view text) {
  std::uint16_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// "8080:80", "127.0.0.1:8080:80/udp".
PublishedPort read_port(std::string text) {
  PublishedPort port;
  if (const auto slash = text.find('/'); slash != std::string::npos) {
    port.protocol = text.substr(slash + 1);
    text.resize(slash);
  }
  const auto last = text.rfind(':');
  port.container = number(std::string_view(text).substr(last == std::string::npos ? 0 : last + 1));
  if (last == std::string::npos) return port;
  const auto before = text.rfind(':', last - 1);
  const auto begin = before == std::string::npos ? 0 : before + 1;
  port.host = number(std::string_view(text).substr(begin, last - begin));
  return port;
}

void take_option(MemoryContainer& container, const std::string& name, const std::string& value) {
  if (name == "--name") container.name = value;
  if (name == "--network" || name == "--net") {
    container.networks.push_back(value.substr(0, value.find(':')));
  }
  if (name == "-p" || name == "--publish") container.ports.push_back(read_port(value));
  if (name == "-v" || name == "--volume") {
    container.sources.push_back(value.substr(0, value.find(':')));
  }
  if (name == "--env-file") container.environment_files.push_back(value);
  if (name == "--annotation") {
    const auto equals = value.find('=');
    container.annotations[value.substr(0, equals)] =
        equals == std::string::npos ? "" : value.substr(equals + 1);
  }
}

void take_switch(MemoryContainer& container, const std::string& name) {
  if (name == "--rm") container.remove = true;
  if (name == "--replace") container.replace = true;
}

}  // namespace

MemoryUnit read_unit(const std::string& unit, const std::string& text) {
  MemoryUnit result;
  for (const auto& line : logical_lines(text)) {
    const auto equals = line.find('=');
    if (equals == std::string::npos) continue;
    const std::string name = line.substr(0, equals);
    const std::string value = line.substr(equals + 1);
    if (name == "Description") result.description = expand(unit, value);
    if (name == "Type") result.type = value;
    if (name == "Restart") result.restart = value;
    if (name == "EnvironmentFile" && !value.starts_with('-')) {
      result.environment_files.push_back(expand(unit, value));
    }
    if (name == "ExecStartPre") result.check = split(expand(unit, value));
    if (name == "ExecStart") result.command = split(expand(unit, value));
  }
  return result;
}

bool runs_container(const MemoryUnit& unit) {
  return unit.command.size() > 2 && unit.command[0].ends_with("podman") && unit.command[1] == "run";
}

MemoryContainer read_container(const std::vector<std::string>& command) {
  MemoryContainer container;
  for (std::size_t i = 2; i < command.size(); ++i) {
    const std::string& word = command[i];
    if (!word.starts_with('-')) {
      container.image = word;
      return container;
    }
    if (const auto equals = word.find('='); word.starts_with("--") && equals != std::string::npos) {
      take_option(container, word.substr(0, equals), word.substr(equals + 1));
    } else if (std::find(kSwitches.begin(), kSwitches.end(), word) != kSwitches.end()) {
      take_switch(container, word);
    } else if (i + 1 < command.size()) {
      take_option(container, word, command[++i]);
    }
  }
  return container;
}

}  // namespace town

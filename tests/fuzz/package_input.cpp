#include "tests/fuzz/package_input.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>

#include "engine/package/describe_json.h"
#include "engine/package/image_reference.h"
#include "engine/package/substitute.h"

namespace town::package {
namespace {

void require(bool kept, const char* promise) {
  if (!kept) throw std::logic_error(promise);
}

bool is_line(std::string_view text) {
  return std::ranges::none_of(text, [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
  });
}

bool are_lines(const std::vector<std::string>& list) { return std::ranges::all_of(list, is_line); }

bool stays_below(std::string_view path) {
  return ("/" + std::string(path) + "/").find("/../") == std::string::npos;
}

AnswerContext answers_for(const Definition& definition) {
  AnswerContext context;
  context.package_name = "fuzz";
  // Hostile answers, but of the right type: everything beyond that is the package's affair.
  for (const auto& [name, question] : definition.questions)
    if (question.type == QuestionType::text) context.given[name] = "@a@ {{ %n $HOME ' \" /../x";
  context.free_port = [](const std::set<std::uint16_t>& avoid) {
    std::uint16_t port = 10000;
    while (avoid.contains(port)) ++port;
    return port;
  };
  context.random_hex = [](std::size_t bytes) { return std::string(bytes * 2, 'a'); };
  return context;
}

/// What reaches units, mounts and files must be harmless once nothing is reported.
void check_package(const ResolvedPackage& package) {
  require(are_lines(package.command) && are_lines(package.entrypoint) &&
              are_lines(package.post_update) && are_lines(package.post_install),
          "commands are single lines");
  require(is_line(package.description), "the description is one line");
  for (const auto& [name, value] : package.environment)
    require(is_line(name) && is_line(value), "the environment is lines");
  for (const auto& volume : package.volumes)
    require(volume.mountpoint.find('@') != std::string::npos ||
                (volume.mountpoint.starts_with('/') && stays_below(volume.mountpoint)),
            "mount points are absolute");
  for (const auto& [name, file] : package.templates)
    require(!file.path.starts_with('/') && stays_below(file.path), "files stay in their volume");
  std::set<std::uint16_t> hosts;
  for (const auto& port : package.ports) {
    require(port.host > 0 && port.container > 0, "ports are numbers");
    require(port.ingress || hosts.insert(port.host).second, "no host port is published twice");
  }
  require(package.runtime == Runtime::vm || package.image == normalize_image(package.image),
          "the image is normalised");
}

}  // namespace

void try_package(std::string_view text) {
  Parsed parsed = parse_definition(text);
  const Definition& definition = parsed.definition;
  const Answered answered = answer(definition, answers_for(definition));
  ResolveContext box;
  box.repo = "default";
  box.name = "fuzz";
  box.version = "1.0";
  for (const auto& [name, fault] : answered.faults) box.unknown.insert(name);
  const Resolved resolved = resolve(definition, answered.values, box);
  require(resolved.package == resolve(definition, answered.values, box).package,
          "the same input gives the same package");
  if (parsed.faults.empty() && answered.faults.empty() && resolved.faults.empty())
    check_package(resolved.package);
  const auto validated = validate_package(text);
  require(nlohmann::json::accept(validated.json), "the answer is JSON");
  require((validated.exit_code == 0) == parsed.faults.empty(), "the exit code tells of faults");
  const Variables table{{"a", "@b@"}, {"b", "x"}};
  require(substitute(text, table).size() <= text.size() + 2 * text.size(),
          "no value is read again");
}

}  // namespace town::package

#include "controllers/units/commands.h"

#include <fmt/format.h>

#include <charconv>

namespace town::units {
namespace {

/// One of the two lists, and under which names its facts are kept.
struct Commands {
  const std::vector<Secret>& list;
  const char* action;
  const char* when;
  const char* step;    ///< "<occasion> <number of those done>"
  const char* missed;  ///< what went wrong, in words
  std::string occasion;
};

constexpr auto kInstallMissed = "install_missed";
constexpr auto kUpdateMissed = "update_missed";
/// "<id> <reference>" of the image that it was last seen well with.
constexpr auto kImage = "image";

std::string fact(const Facts& facts, const char* name) {
  const auto found = facts.find(name);
  return found == facts.end() ? std::string() : found->second;
}

std::string image_fact(const UnitSpec& spec, const std::string& image) {
  return image + " " + spec.image;
}

/// Another image of the same name: one that was installed under another name is no update.
bool was_updated(const UnitSpec& spec, const Facts& facts, const std::string& image) {
  const auto seen = fact(facts, kImage);
  return !image.empty() && seen.ends_with(" " + spec.image) && seen != image_fact(spec, image);
}

std::size_t done(const Commands& commands, const Facts& facts) {
  const auto noted = fact(facts, commands.step);
  std::size_t count = 0;
  if (noted.starts_with(commands.occasion + " ")) {
    std::from_chars(noted.data() + commands.occasion.size() + 1, noted.data() + noted.size(),
                    count);
  }
  return count;
}

std::optional<DueCommand> next(const Key& key, const Commands& commands, const Facts& facts) {
  const auto at = done(commands, facts);
  if (at >= commands.list.size()) return std::nullopt;
  const auto which =
      fmt::format("command {} of {} {}", at + 1, commands.list.size(), commands.when);
  DueCommand due{.change = {.key = key, .action = commands.action, .reason = "RanCommand"},
                 .doing = "runs " + which};
  due.change.message = "ran " + which;
  due.change.subject = std::to_string(at);
  due.change.slow = true;
  due.change.facts[commands.step] = fmt::format("{} {}", commands.occasion, at + 1);
  due.change.once = commands.missed;
  if (at == 0) due.facts[commands.missed] = "";
  return due;
}

}  // namespace

std::optional<DueCommand> due_command(const Key& key, const UnitSpec& spec, const Facts& facts,
                                      const std::string& image) {
  if (!spec.installation.empty()) {
    const Commands install{spec.post_install, "post_install", "after the installation",
                           "install_step",    kInstallMissed, spec.installation};
    if (auto due = next(key, install, facts)) return due;
  }
  if (!was_updated(spec, facts, image)) return std::nullopt;
  const Commands update{spec.post_update, "post_update", "after the update of its image",
                        "update_step",    kUpdateMissed, image};
  return next(key, update, facts);
}

Facts facts_when_well(const UnitSpec& spec, const std::string& image) {
  if (spec.post_update.empty() || image.empty()) return {};
  return {{kImage, image_fact(spec, image)}};
}

std::optional<MissedCommands> missed_commands(const UnitSpec& spec, const Facts& facts) {
  const auto after_install = fact(facts, kInstallMissed);
  if (!spec.post_install.empty() && !after_install.empty()) {
    return MissedCommands{
        "AfterInstallFailed",
        "running, but not all that was to be done after its installation was: " + after_install};
  }
  const auto after_update = fact(facts, kUpdateMissed);
  if (!spec.post_update.empty() && !after_update.empty()) {
    return MissedCommands{"AfterUpdateFailed",
                          "running, but not all that was to be done after the update of its image "
                          "was: " +
                              after_update};
  }
  return std::nullopt;
}

}  // namespace town::units

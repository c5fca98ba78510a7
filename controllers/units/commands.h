// The commands that a package runs in its own container after an installation, and after an update
// of its image (package format 3.10): which of them is next, by what the unit's status has noted.
// Pure; any thread.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "engine/plan.h"

namespace town::units {

using Facts = std::map<std::string, std::string>;

/// A command that is due.
struct DueCommand {
  Change change;      ///< "post_install" or "post_update"; its subject is which one, from 0
  std::string doing;  ///< a sentence about it
  Facts facts{};      ///< to be noted before it is run
};

/// The next command of a unit that runs from the image with this id ("" where that is not known).
/// Those after an installation run once per UnitSpec::installation, each of them once: how many are
/// done is noted after each, so a daemon that dies in between repeats the one that it was at. Those
/// after an update run when the same reference stands for another image than it was seen well with.
std::optional<DueCommand> due_command(const Key& key, const UnitSpec& spec, const Facts& facts,
                                      const std::string& image);

/// What is to be noted of a unit that is well and has nothing left to run.
Facts facts_when_well(const UnitSpec& spec, const std::string& image);

/// Commands that failed.
struct MissedCommands {
  std::string reason;
  std::string message;
};
std::optional<MissedCommands> missed_commands(const UnitSpec& spec, const Facts& facts);

}  // namespace town::units

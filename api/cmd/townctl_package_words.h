// The words behind `townctl package validate` and `townctl package compile`. Scripts depend on
// these forms, and a package may bear the name of any command of townctl: so the words are read
// here, one by one, and not by the library that knows those names. Pure; any thread.
#pragma once

#include <span>
#include <string>

#include "engine/package/describe_json.h"

namespace town::ctl {

/// What the words ask for. Chance (`compile.free_port`, `compile.random_hex`) is for the caller.
struct PackageWords {
  bool help = false;  ///< then nothing else counts
  bool json = false;
  std::string target;    ///< the file, or with `repo_dir` the package's name
  std::string repo_dir;  ///< empty: `target` is a file
  package::CompileOptions compile;
};

/// Options stand before or after the target, each value is the next word (or follows a "="), and
/// "--" ends the options. Both throw Exit(kWrongUsage) for an option that is unknown, a value that
/// is missing or of another form, and for no target or several.
PackageWords read_validate_words(std::span<const std::string> words);
PackageWords read_compile_words(std::span<const std::string> words);

}  // namespace town::ctl

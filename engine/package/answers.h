// From what a person answered to what every question is worth (package format 4 and 11). Chance is
// drawn here and nowhere else, through the two functions of the context. No state; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/package/definition.h"

namespace town::package {

/// The answer that asks for a value to be made up (package format 4.2).
inline constexpr std::string_view kAuto = "auto";

/// Where answers may come from. A question that `given` mentions is never filled from the others,
/// with one exception: a stored secret that is not optional outlives a blank (package format 11).
struct AnswerContext {
  std::string package_name;                      ///< effective; generated host names begin with it
  std::map<std::string, std::string> given;      ///< by the request; "" is blank, "auto" generates
  std::map<std::string, std::string> installed;  ///< of the version installed now (upgrade)
  std::map<std::string, std::string> last;       ///< kept by an uninstall, where they shall be used
  /// A port free on the host and claimed by no package, 10000 to 60000, not in `avoid`; 0 for none.
  std::function<std::uint16_t(const std::set<std::uint16_t>& avoid)> free_port;
  /// That many random bytes as hex digits.
  std::function<std::string(std::size_t bytes)> random_hex;
};

struct Answered {
  /// As submitted, filled in or generated, one per question: what is stored. A blank optional one
  /// is "".
  std::map<std::string, std::string> answers;
  /// What each type makes of it ("10gb" -> "10737418240"): what markers become. Not there for
  /// questions at fault.
  std::map<std::string, std::string> values;
  /// Question name and what is wrong with its answer, sorted by name: all of them.
  std::vector<std::pair<std::string, std::string>> faults;
};

/// Fills, generates, checks and converts. Deterministic but for the context's two functions, which
/// are asked in the order of the question names.
Answered answer(const Definition& definition, const AnswerContext& context);

/// What is wrong with the text as an answer of that type; empty if nothing is (4.2). Blank texts
/// and "auto" are for `answer` to judge.
std::string check_answer(QuestionType type, std::string_view text);

/// `1 t T TRUE true True` and `0 f F FALSE false False`, trimmed; nothing for other text.
std::optional<bool> parse_boolean_answer(std::string_view text);

}  // namespace town::package

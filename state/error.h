// What goes wrong, and how it is said. Used by every layer; values, so free of threads.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace town {

/// Why a function could not do its job. The meaning for HTTP and for a loop is in the README of
/// this folder; `state/error.cpp` holds the table.
enum class Code { invalid, denied, not_found, conflict, remote, unavailable, internal };

/// "invalid", "denied", … as written in logs and JSON.
std::string_view to_string(Code code);

/// A failure. `reason` is CamelCase and made for machines ("ImageNotFound"); `what()` is a sentence
/// for people that says what happened and, where we know it, what to do next. Never holds a secret.
class Error : public std::runtime_error {
 public:
  Error(Code code, std::string reason, const std::string& message)
      : std::runtime_error(message), code_(code), reason_(std::move(reason)) {}

  [[nodiscard]] Code code() const { return code_; }
  [[nodiscard]] const std::string& reason() const { return reason_; }

 private:
  Code code_;
  std::string reason_;
};

/// One fault in somebody's input.
struct Diagnostic {
  std::string field;    ///< dotted path as written: "volumes.data.quota", "responses.port"
  std::string message;  ///< what was found and what would be right
  int line = 0;         ///< 1-based line in the file, 0 where there is none

  bool operator==(const Diagnostic&) const = default;
};

using Diagnostics = std::vector<Diagnostic>;

/// "field: message; field: message", for a log line or the text of an Error.
std::string to_string(const Diagnostics& faults);

/// Input was at fault: carries every fault found, so that a person can mend all in one go.
class InvalidInput : public Error {
 public:
  InvalidInput(std::string reason, Diagnostics faults)
      : Error(Code::invalid, std::move(reason), to_string(faults)), faults_(std::move(faults)) {}

  [[nodiscard]] const Diagnostics& faults() const { return faults_; }

 private:
  Diagnostics faults_;
};

}  // namespace town

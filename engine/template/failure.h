// Why a template could not be read or carried out. A value; free of threads.
#pragma once

#include <string>

#include "state/error.h"

namespace town::tmpl {

/// Thrown by parsing and rendering. `what()` is "NAME:LINE: the reason", made for people.
class TemplateError : public Error {
 public:
  TemplateError(const std::string& name, int line, const std::string& reason)
      : Error(Code::invalid, "TemplateInvalid", name + ":" + std::to_string(line) + ": " + reason),
        line_(line) {}

  /// 1-based line in the template's source.
  [[nodiscard]] int line() const { return line_; }

 private:
  int line_;
};

/// The same without a place, inside this folder: whoever knows the place adds it.
class Fault : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace town::tmpl

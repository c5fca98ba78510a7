// Go's text/template, as of Go 1.19, for the files that packages bring along. A template and its
// results are values; any thread may use one.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "engine/template/failure.h"
#include "engine/template/value.h"

namespace town::tmpl {

struct Program;

class Template {
 public:
  /// What a text part becomes: for `@markers@`. Throws are passed on.
  using Rewrite = std::function<std::string(std::string_view)>;

  /// Reads `source`. `name` stands in messages, and is the template's name for {{template}}. Throws
  /// TemplateError for the first fault.
  static Template parse(std::string name, std::string source);

  /// This template with each of its text parts rewritten. They are no longer read, so nothing in a
  /// rewritten part can become code.
  [[nodiscard]] Template with_text(const Rewrite& rewrite) const;

  /// The source with each of its text parts rewritten and every other byte as it was. What a
  /// rewrite brought in and would be read as code, or trimmed away, is written as an action that
  /// prints it
  /// ("{{" as `{{"{{"}}`): the result, parsed, renders as with_text's.
  [[nodiscard]] std::string source_with_text(const Rewrite& rewrite) const;

  /// What it prints for `data`, at most 16 MiB. Throws TemplateError, also where it goes on for too
  /// long.
  [[nodiscard]] std::string render(const Value& data) const;

 private:
  explicit Template(std::shared_ptr<const Program> program) : program_(std::move(program)) {}

  std::shared_ptr<const Program> program_;  ///< shared: templates are copied, programs never change
};

}  // namespace town::tmpl

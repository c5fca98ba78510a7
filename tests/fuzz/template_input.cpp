#include "tests/fuzz/template_input.h"

#include <stdexcept>
#include <string>

#include "engine/package/substitute.h"
#include "engine/template/data.h"
#include "engine/template/limits.h"
#include "engine/template/template.h"

namespace town::tmpl {
namespace {

const Value& made_up_data() {
  static const Value data = [] {
    TemplateData made_up;
    made_up.responses = TextMap{{"user", "bob"}, {"html", "<a & 'b'>"}, {"bytes", "\xff\x01"}};
    made_up.package = {"pkg", "1.0", "default", "img:1", "A pkg"};
    made_up.dependencies = {{"db", {"host", TextMap{{"sql", "5432"}}, std::nullopt}}};
    return make_data(made_up);
  }();
  return data;
}

std::string substitute_hostile(std::string_view text) {
  static const package::Variables table = {
      {"a", "{{.Package.Name}}"}, {"b", "{"}, {"c", " \n{{"}, {"d", ""}, {"e", "}} -}}"}};
  return package::substitute(text, table);
}

/// What it renders, or what went wrong without the place: that moves when the source is rewritten.
std::string outcome(const Template& read) {
  try {
    return "rendered: " + read.render(made_up_data());
  } catch (const TemplateError&) {
    return "fault";
  }
}

void check(bool kept, const char* promise) {
  if (!kept) throw std::logic_error(promise);
}

}  // namespace

void try_template(std::string_view text) {
  std::optional<Template> read;
  try {
    read = Template::parse("fuzz", std::string(text));
  } catch (const TemplateError& error) {
    check(error.line() > 0, "a fault has a line");
    return;
  }
  const auto same = [](std::string_view part) { return std::string(part); };
  check(read->source_with_text(same) == text, "an unchanged source stays as it is");
  check(outcome(*read) == outcome(read->with_text(same)), "unchanged text renders the same");
  const auto source = read->source_with_text(substitute_hostile);
  try {
    const auto again = Template::parse("fuzz", source);
    check(outcome(again) == outcome(read->with_text(substitute_hostile)),
          "a rewritten source renders as the rewritten template");
  } catch (const TemplateError&) {
    check(source.size() > kMaxSource, "a rewritten source is a template");
  }
}

}  // namespace town::tmpl

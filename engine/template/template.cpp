#include "engine/template/template.h"

#include "engine/template/machine.h"
#include "engine/template/parser.h"
#include "engine/template/quote.h"
#include "engine/template/unicode.h"

namespace town::tmpl {
namespace {

/// What trim markers take away.
constexpr std::string_view kTrimmed = " \t\r\n";

/// An action that prints `text`.
std::string as_action(std::string_view text) {
  return text.empty() ? "" : "{{" + quote_text(text, false) + "}}";
}

/// Braces in `text` that would begin an action, alone or together with the action that follows.
std::string without_openings(std::string_view text, bool action_follows) {
  std::string out;
  while (!text.empty()) {
    const auto brace = std::min(text.find('{'), text.size());
    out += text.substr(0, brace);
    text.remove_prefix(brace);
    const auto braces = text.substr(0, std::min(text.find_first_not_of('{'), text.size()));
    text.remove_prefix(braces.size());
    const bool opens = braces.size() > 1 || (braces.size() == 1 && text.empty() && action_follows);
    out += opens ? as_action(braces) : std::string(braces);
  }
  return out;
}

/// A rewritten text part as source.
std::string as_source(std::string_view text, bool trims_before, bool trims_after,
                      bool action_follows) {
  const auto begin = std::min(text.find_first_not_of(kTrimmed), text.size());
  const auto head = trims_before ? text.substr(0, begin) : std::string_view{};
  text.remove_prefix(head.size());
  const auto end = text.find_last_not_of(kTrimmed);
  const auto tail =
      trims_after ? text.substr(end == std::string_view::npos ? 0 : end + 1) : std::string_view{};
  text.remove_suffix(tail.size());
  return as_action(head) + without_openings(text, action_follows && tail.empty()) + as_action(tail);
}

}  // namespace

Template Template::parse(std::string name, std::string source) {
  return Template(Parser(std::move(name), std::move(source)).parse());
}

Template Template::with_text(const Rewrite& rewrite) const {
  auto program = std::make_shared<Program>(*program_);
  for (auto& text : program->texts) text = rewrite(text);
  return Template(std::move(program));
}

std::string Template::source_with_text(const Rewrite& rewrite) const {
  const std::string_view source = program_->source;
  std::string out;
  std::size_t done = 0;
  for (const auto& part : program_->parts) {
    out += source.substr(done, part.core_begin - done);
    const auto core = source.substr(part.core_begin, part.core_end - part.core_begin);
    done = part.core_end;
    const auto text = rewrite(core);
    const bool trims_before = source.substr(0, part.begin).ends_with("-}}");
    const bool trims_after = part.end < source.size() && source.substr(part.end).size() > 3 &&
                             source[part.end + 2] == '-' &&
                             kTrimmed.find(source[part.end + 3]) != std::string_view::npos;
    // A template of nothing but white space may be defined again: one that was more must stay so.
    if (text != core && is_blank(text))
      out += text.empty() ? "{{\"\"}}" : as_action(text);
    else
      out += as_source(text, trims_before, trims_after,
                       part.core_end == part.end && part.end < source.size());
  }
  return out + std::string(source.substr(done));
}

std::string Template::render(const Value& data) const { return run_program(*program_, data); }

}  // namespace town::tmpl

#include "engine/template/parser.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/template/limits.h"
#include "engine/template/literal.h"
#include "engine/template/unicode.h"

namespace town::tmpl {

int Program::line_of(std::size_t at) const {
  const auto end = source.begin() + static_cast<std::ptrdiff_t>(std::min(at, source.size()));
  return 1 + static_cast<int>(std::count(source.begin(), end, '\n'));
}

Parser::Parser(std::string name, std::string source)
    : program_(std::make_shared<Program>()), lexer_("") {
  program_->name = std::move(name);
  program_->source = std::move(source);
  lexer_ = Lexer(program_->source);
}

std::shared_ptr<const Program> Parser::parse() {
  try {
    if (program_->source.size() > kMaxSource)
      throw Fault(fmt::format("the template is larger than {} bytes", kMaxSource));
    program_->units.push_back({program_->name, {}, true});
    add_variable(name_id("$"));
    bool is_comment = false;
    for (read_text(); open_action(is_comment); read_text()) {
      if (!is_comment) read_action();
    }
    if (!opens_.empty()) {
      at_ = opens_.back().at;
      throw Fault("the template ends before the {{end}} of the action that begins here");
    }
    add_unit(0);
  } catch (const Fault& fault) {
    const auto at = scanning_ ? lexer_.position() : at_;
    throw TemplateError(program_->name, program_->line_of(at), fault.what());
  }
  return program_;
}

void Parser::read_text() {
  const TextPart part = lexer_.next_text();
  if (part.core_begin == part.core_end) return;
  auto text = program_->source.substr(part.core_begin, part.core_end - part.core_begin);
  if (!is_blank(text)) program_->units[unit_].blank = false;
  emit(Op::text, part.core_begin, static_cast<std::uint32_t>(program_->texts.size()));
  program_->texts.push_back(std::move(text));
  program_->parts.push_back(part);
}

void Parser::read_action() {
  at_ = lexer_.position();
  if (peek().kind == TokenKind::keyword) {
    read_keyword(take());
    return;
  }
  program_->units[unit_].blank = false;
  const auto at = peek().at;
  const Loop declared = read_pipeline("command");
  emit(declared.count == 0 ? Op::print : Op::drop, at);
}

void Parser::read_keyword(const Token& keyword) {
  const auto word = keyword.text;
  // A definition leaves nothing behind in the template that it stands in.
  if (word != "define" && word != "end") program_->units[unit_].blank = false;
  if (word == "if") return open_statement(OpenKind::if_, word, keyword.at);
  if (word == "with") return open_statement(OpenKind::with, word, keyword.at);
  if (word == "range") return open_statement(OpenKind::range, word, keyword.at);
  if (word == "else") return read_else(keyword.at);
  if (word == "end") return read_end(keyword.at);
  if (word == "template") return read_template(keyword.at);
  if (word == "block") return read_block(keyword.at);
  if (word == "define") return read_define(keyword.at);
  read_loop_exit(word == "break", keyword.at);
}

void Parser::push_open(Open open) {
  if (opens_.size() >= kMaxNesting)
    throw Fault(fmt::format("more than {} actions are nested", kMaxNesting));
  opens_.push_back(std::move(open));
}

void Parser::open_statement(OpenKind kind, std::string_view context, std::size_t at) {
  Open open;
  open.kind = kind;
  open.at = at;
  open.variables = variables_.size();
  emit(Op::enter, at);
  begin_branch(open, context);
  if (kind == OpenKind::range) ++ranges_;
  push_open(std::move(open));
}

void Parser::begin_branch(Open& open, std::string_view context) {
  const Loop variables = read_pipeline(context);
  if (open.kind != OpenKind::range) {
    open.to_else = emit(open.kind == OpenKind::if_ ? Op::branch : Op::with, open.at);
    return;
  }
  open.to_else = emit(Op::range, open.at, 0, static_cast<std::uint32_t>(program_->loops.size()));
  program_->loops.push_back(variables);
  open.loop_start = emit(Op::next, open.at);
  open.breaks.push_back(open.loop_start);
}

void Parser::read_else(std::size_t at) {
  if (opens_.empty()) throw Fault("unexpected {{else}}");
  auto& open = opens_.back();
  if (open.kind == OpenKind::block || open.kind == OpenKind::define)
    throw Fault("unexpected {{else}} in a definition");
  if (open.else_seen) throw Fault("a second {{else}} where {{end}} should stand");
  open.else_seen = true;
  if (open.kind == OpenKind::range) {
    --ranges_;
    emit(Op::jump, at, open.loop_start);
  } else {
    open.to_end = emit(Op::jump, at);
  }
  code()[open.to_else].a = here();
  const bool else_if = open.kind == OpenKind::if_ && peek().kind == TokenKind::keyword &&
                       peek().text == "if" && peek().after_space;
  if (!else_if) return expect_close("else");
  take();
  open_statement(OpenKind::if_, "if", at);
  opens_.back().chained = true;
}

void Parser::read_end(std::size_t at) {
  at_ = at;
  if (opens_.empty()) throw Fault("unexpected {{end}}");
  expect_close("end");
  for (bool chained = true; chained;) {
    Open open = std::move(opens_.back());
    opens_.pop_back();
    chained = open.chained;
    if (open.kind == OpenKind::block || open.kind == OpenKind::define)
      end_unit(open);
    else
      close_statement(open);
  }
}

void Parser::close_statement(Open& open) {
  if (open.kind == OpenKind::range && !open.else_seen) {
    --ranges_;
    emit(Op::jump, at_, open.loop_start);
  }
  const auto end = here();
  if (!open.else_seen) code()[open.to_else].a = end;
  if (open.else_seen && open.kind != OpenKind::range) code()[open.to_end].a = end;
  for (const auto jump : open.breaks) code()[jump].a = end;
  emit(Op::leave, at_);
  drop_variables(open.variables);
}

void Parser::read_loop_exit(bool is_break, std::size_t at) {
  const std::string_view word = is_break ? "break" : "continue";
  expect_close(word);
  if (ranges_ == 0) throw Fault(fmt::format("{{{{{}}}}} stands in no range", word));
  // The innermost range; `continue` in an {{else}} belongs to the range around it, while `break`
  // there ends the range of the {{else}}.
  auto range = opens_.rbegin();
  while (range->kind != OpenKind::range || (range->else_seen && !is_break)) ++range;
  emit(Op::unwind, at, static_cast<std::uint32_t>(range - opens_.rbegin()));
  const auto jump = emit(Op::jump, at, range->loop_start);
  if (is_break) range->breaks.push_back(jump);
}

std::string Parser::read_name(std::string_view context) {
  const Token token = take();
  if (token.kind != TokenKind::string && token.kind != TokenKind::raw_string)
    unexpected(token, context);
  return parse_string(token.text);
}

void Parser::read_define(std::size_t at) {
  if (!opens_.empty()) throw Fault("{{define}} stands within another action");
  auto name = read_name("define");
  expect_close("define");
  Open open;
  open.kind = OpenKind::define;
  open.at = at;
  begin_unit(open, std::move(name));
  push_open(std::move(open));
}

void Parser::read_template(std::size_t at) {
  const auto name = name_id(read_name("template"));
  const bool has_dot = peek().kind != TokenKind::close;
  if (has_dot)
    read_pipeline("template");
  else
    take();
  emit(Op::invoke, at, name, has_dot ? 1 : 0);
}

void Parser::read_block(std::size_t at) {
  auto name = read_name("block");
  read_pipeline("block");
  emit(Op::invoke, at, name_id(name), 1);
  Open open;
  open.kind = OpenKind::block;
  open.at = at;
  begin_unit(open, std::move(name));
  push_open(std::move(open));
}

void Parser::begin_unit(Open& open, std::string name) {
  open.variables = variables_.size();
  open.outer_unit = unit_;
  open.outer_base = variable_base_;
  open.outer_ranges = ranges_;
  unit_ = static_cast<std::uint32_t>(program_->units.size());
  program_->units.push_back({std::move(name), {}, true});
  variable_base_ = variables_.size();
  ranges_ = 0;
  add_variable(name_id("$"));
}

void Parser::end_unit(const Open& open) {
  add_unit(unit_);
  drop_variables(open.variables);
  unit_ = open.outer_unit;
  variable_base_ = open.outer_base;
  ranges_ = open.outer_ranges;
}

void Parser::add_unit(std::uint32_t unit) {
  const auto& added = program_->units[unit];
  const auto [known, is_new] = program_->unit_by_name.try_emplace(added.name, unit);
  if (is_new) return;
  if (program_->units[known->second].blank) {
    known->second = unit;
  } else if (!added.blank) {
    throw Fault(fmt::format("the template \"{}\" is defined twice", added.name));
  }
}

bool Parser::open_action(bool& is_comment) {
  scanning_ = true;
  const bool opened = lexer_.open_action(is_comment);
  scanning_ = false;
  return opened;
}

const Token& Parser::peek(std::size_t ahead) {
  scanning_ = true;
  while (ahead_.size() <= ahead) ahead_.push_back(lexer_.next());
  scanning_ = false;
  return ahead_[ahead];
}

Token Parser::take() {
  const Token token = peek();
  ahead_.pop_front();
  at_ = token.at;
  return token;
}

void Parser::expect_close(std::string_view context) {
  const Token token = take();
  if (token.kind != TokenKind::close) unexpected(token, context);
}

void Parser::unexpected(const Token& token, std::string_view context) {
  if (token.kind == TokenKind::close) throw Fault(fmt::format("missing value for {}", context));
  throw Fault(fmt::format("unexpected {} in {}", token.text.substr(0, kQuotedBytes), context));
}

std::uint32_t Parser::emit(Op op, std::size_t at, std::uint32_t a, std::uint32_t b,
                           std::uint32_t c) {
  code().push_back({op, a, b, c, static_cast<std::uint32_t>(at)});
  return here() - 1;
}

void Parser::fail_when_reached(std::size_t at, std::string message) {
  emit(Op::fail, at, static_cast<std::uint32_t>(program_->messages.size()));
  program_->messages.push_back(std::move(message));
}

std::uint32_t Parser::name_id(std::string_view name) {
  const auto [known, is_new] =
      ids_.try_emplace(std::string(name), static_cast<std::uint32_t>(program_->names.size()));
  if (is_new) {
    program_->names.emplace_back(name);
    places_.emplace_back();
  }
  return known->second;
}

void Parser::add_variable(std::uint32_t name) {
  places_[name].push_back(variables_.size());
  variables_.push_back(name);
}

void Parser::drop_variables(std::size_t count) {
  while (variables_.size() > count) {
    places_[variables_.back()].pop_back();
    variables_.pop_back();
  }
}

bool Parser::is_variable(std::uint32_t name) const {
  return !places_[name].empty() && places_[name].back() >= variable_base_;
}

}  // namespace town::tmpl

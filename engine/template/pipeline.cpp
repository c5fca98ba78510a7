// The part of the parser that reads pipelines: declarations, commands, operands, parentheses.
#include <fmt/format.h>

#include "engine/template/functions.h"
#include "engine/template/limits.h"
#include "engine/template/literal.h"
#include "engine/template/parser.h"

namespace town::tmpl {

Loop Parser::read_pipeline(std::string_view context) {
  begin_pipeline(context, TokenKind::close, at_);
  Loop variables;
  while (true) {
    if (read_operand()) continue;
    end_command();
    auto& pipeline = pipelines_.back();
    const Token token = take();
    if (token.kind == pipeline.end) {
      if (pipelines_.size() == 1) {
        variables.assigns = pipeline.assigns;
        for (const auto name : pipeline.names) variables.names[variables.count++] = name;
      }
      end_pipeline();
      if (pipelines_.empty()) return variables;
    } else if (token.kind != TokenKind::pipe || pipeline.head == Operand::none) {
      unexpected(token, pipeline.head == Operand::none ? pipeline.context : "operand");
    } else {
      pipeline.head = Operand::none;
    }
  }
}

void Parser::begin_pipeline(std::string_view context, TokenKind end, std::size_t at) {
  if (pipelines_.size() >= kMaxNesting)
    throw Fault(fmt::format("more than {} parentheses are nested", kMaxNesting));
  Pipeline pipeline;
  pipeline.context = context;
  pipeline.end = end;
  pipeline.at = at;
  pipelines_.push_back(std::move(pipeline));
  read_declarations();
}

void Parser::read_declarations() {
  while (read_declaration()) {
  }
}

/// "$x :=" or "$x =", or "$x," of a range: then there is another one to come.
bool Parser::read_declaration() {
  if (peek().kind != TokenKind::variable) return false;
  auto& pipeline = pipelines_.back();
  const auto after = peek(1).kind;
  if (after != TokenKind::declare && after != TokenKind::assign && after != TokenKind::comma)
    return false;
  const auto name = name_id(take().text);
  take();
  pipeline.names.push_back(name);
  add_variable(name);
  if (after != TokenKind::comma) {
    pipeline.assigns = after == TokenKind::assign;
    return false;
  }
  if (pipeline.context != "range" || pipeline.names.size() > 1)
    throw Fault(fmt::format("too many declarations in {}", pipeline.context));
  const auto next = peek().kind;
  if (next != TokenKind::variable && next != TokenKind::close && next != TokenKind::right)
    throw Fault("a range can only declare variables");
  return true;
}

bool Parser::begins_operand(TokenKind kind) const {
  switch (kind) {
    case TokenKind::close:
    case TokenKind::pipe:
    case TokenKind::right:
    case TokenKind::comma:
    case TokenKind::declare:
    case TokenKind::assign:
    case TokenKind::keyword:
      return false;
    default:
      return true;
  }
}

/// Reads one operand of the innermost command; "(" begins a pipeline instead. False where there is
/// none: the command ends.
bool Parser::read_operand() {
  if (!begins_operand(peek().kind)) return false;
  if (pipelines_.back().head != Operand::none) {
    if (!peek().after_space) return false;
    before_argument();
  }
  const Token token = take();
  auto& pipeline = pipelines_.back();
  if (pipeline.head == Operand::none) {
    pipeline.head_begin = here();
    pipeline.head_at = token.at;
    pipeline.head_text = token.text;
    pipeline.operands = 0;
    pipeline.decisions.clear();
  }
  if (token.kind == TokenKind::left)
    begin_pipeline("parenthesized pipeline", TokenKind::right, token.at);
  else
    emit_operand(token);
  return true;
}

void Parser::emit_operand(const Token& token) {
  const auto put = [&](Value value) {
    emit(Op::constant, token.at, static_cast<std::uint32_t>(program_->constants.size()));
    program_->constants.push_back(std::move(value));
  };
  Operand kind = Operand::not_executable;
  if (token.kind == TokenKind::identifier) {
    if (!function_index(token.text))
      throw Fault(fmt::format("the function \"{}\" is not defined", token.text));
    kind = Operand::function;
  } else if (token.kind == TokenKind::variable) {
    const auto name = name_id(token.text);
    if (!is_variable(name))
      throw Fault(fmt::format("the variable \"{}\" is not defined", token.text));
    emit(Op::variable, token.at, name);
    kind = Operand::plain;
  } else if (token.kind == TokenKind::field) {
    emit(Op::dot, token.at);
    emit(Op::field, token.at, name_id(token.text.substr(1)));
    kind = Operand::chain;
  } else if (token.kind == TokenKind::dot) {
    emit(Op::dot, token.at);
  } else if (token.kind == TokenKind::nil) {
    put(Nothing{});
    kind = Operand::nil;
  } else if (token.kind == TokenKind::boolean) {
    put(token.text == "true");
  } else if (token.kind == TokenKind::character) {
    put(parse_character(token.text));
  } else if (token.kind == TokenKind::number) {
    auto value = parse_number(token.text);
    if (is_nothing(value)) fail_when_reached(token.at, fmt::format("{} overflows int", token.text));
    put(std::move(value));
  } else {
    put(make_text(parse_string(token.text)));
  }
  finish_operand(kind, token);
}

/// A function that stands where a value does is called with nothing.
void Parser::call_alone(const Token& token) {
  const auto index = *function_index(token.text);
  if (takes_arguments(index, 0))
    emit(Op::call, token.at, index);
  else
    fail_when_reached(token.at, argument_fault(index, 0));
}

/// Fields directly behind an operand belong to it.
Parser::Operand Parser::read_fields(Operand kind, const Token& token) {
  if (peek().kind != TokenKind::field || peek().after_space) return kind;
  if (kind == Operand::not_executable || kind == Operand::nil)
    throw Fault(fmt::format("unexpected . after {}", token.text.substr(0, kQuotedBytes)));
  if (kind == Operand::function) call_alone(token);
  while (peek().kind == TokenKind::field && !peek().after_space) {
    const Token field = take();
    emit(Op::field, field.at, name_id(field.text.substr(1)));
  }
  return Operand::chain;
}

void Parser::finish_operand(Operand kind, const Token& token) {
  kind = read_fields(kind, token);
  auto& pipeline = pipelines_.back();
  if (pipeline.head == Operand::none) {
    const bool cannot = kind == Operand::not_executable || kind == Operand::nil;
    if (pipeline.commands > 0 && cannot)
      throw Fault(fmt::format("{} cannot take the value of a pipeline",
                              token.text.substr(0, kQuotedBytes)));
    pipeline.head = kind;
    pipeline.head_end = here();
    if (kind == Operand::function) pipeline.function = *function_index(token.text);
  } else {
    ++pipeline.operands;
    if (kind == Operand::function) call_alone(token);
  }
}

/// `and` and `or` look at each argument before they go on to the next.
void Parser::before_argument() {
  auto& pipeline = pipelines_.back();
  if (pipeline.head != Operand::function || pipeline.operands == 0) return;
  const auto short_circuit = decides_early(pipeline.function);
  if (!short_circuit) return;
  pipeline.decisions.push_back(emit(Op::decide, pipeline.head_at, 0, *short_circuit ? 1 : 0));
}

void Parser::end_command() {
  auto& pipeline = pipelines_.back();
  if (pipeline.head == Operand::none) return;
  if (pipeline.head == Operand::function)
    end_function();
  else
    end_other(pipeline.operands > 0 || pipeline.commands > 0);
  ++pipeline.commands;
}

void Parser::end_function() {
  auto& pipeline = pipelines_.back();
  const auto at = pipeline.head_at;
  const bool piped = pipeline.commands > 0;
  const auto count = pipeline.operands + (piped ? 1 : 0);
  if (!takes_arguments(pipeline.function, count)) {
    code().resize(pipeline.head_begin);
    return fail_when_reached(at, argument_fault(pipeline.function, count));
  }
  if (!decides_early(pipeline.function)) {
    emit(Op::call, at, pipeline.function, count, piped ? 1 : 0);
    return;
  }
  // With a value from the pipeline, that one is the last argument, and lies below the others.
  if (piped && pipeline.operands > 0) {
    before_argument();
    const auto end = emit(Op::jump, at);
    for (const auto decision : pipeline.decisions) code()[decision].a = here();
    emit(Op::nip, at);
    code()[end].a = here();
  } else {
    for (const auto decision : pipeline.decisions) code()[decision].a = here();
  }
}

void Parser::end_other(bool has_arguments) {
  auto& pipeline = pipelines_.back();
  const auto at = pipeline.head_at;
  // Nothing here takes arguments, so they are not even computed.
  code().resize(pipeline.head_end);
  if (pipeline.head == Operand::chain) {
    if (!has_arguments) return;
    code().back().b = 1;
    if (pipeline.commands > 0) emit(Op::nip, at);
  } else if (pipeline.head == Operand::nil) {
    fail_when_reached(at, "nil is not a command");
  } else if (has_arguments) {
    fail_when_reached(at, fmt::format("{} is no function and takes no argument",
                                      pipeline.head_text.substr(0, kQuotedBytes)));
  }
}

void Parser::end_pipeline() {
  const Pipeline pipeline = std::move(pipelines_.back());
  pipelines_.pop_back();
  if (pipeline.commands == 0) throw Fault(fmt::format("missing value for {}", pipeline.context));
  for (const auto name : pipeline.names)
    emit(pipeline.assigns ? Op::assign : Op::declare, pipeline.at, name);
  if (pipeline.end != TokenKind::right) return;
  Token token;
  token.at = pipeline.at;
  token.text = "(";
  finish_operand(Operand::plain, token);
}

}  // namespace town::tmpl

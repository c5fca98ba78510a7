// From a template's source to its program. Internal to this folder; one thread.
#pragma once

#include <deque>
#include <optional>
#include <unordered_map>

#include "engine/template/failure.h"
#include "engine/template/program.h"

namespace town::tmpl {

/// Reads the statements of a template; pipelines are in pipeline.cpp. Use once.
class Parser {
 public:
  Parser(std::string name, std::string source);

  /// The program. Throws TemplateError for the first fault.
  std::shared_ptr<const Program> parse();

 private:
  enum class OpenKind { if_, with, range, block, define };

  /// A statement whose {{end}} is still to come.
  struct Open {
    OpenKind kind = OpenKind::if_;
    bool else_seen = false;
    bool chained = false;       ///< an "else if": ends together with the one it continues
    std::size_t variables = 0;  ///< in scope before it
    std::size_t at = 0;
    std::uint32_t to_else = 0;  ///< the instruction that jumps to {{else}}
    std::uint32_t to_end = 0;   ///< the one that jumps over it
    std::uint32_t loop_start = 0;
    std::vector<std::uint32_t> breaks;
    // Of block and define: what they interrupt.
    std::uint32_t outer_unit = 0;
    std::size_t outer_base = 0;
    std::size_t outer_ranges = 0;
  };

  /// What a command's first word, or an argument, is.
  enum class Operand { none, function, chain, plain, not_executable, nil };

  /// A pipeline, in parentheses or not, that is being read.
  struct Pipeline {
    std::string_view context;  ///< for messages: "if", "parenthesized pipeline"
    TokenKind end = TokenKind::close;
    std::size_t at = 0;
    std::vector<std::uint32_t> names;  ///< declared or assigned
    bool assigns = false;
    std::uint32_t commands = 0;
    // The command that is being read:
    Operand head = Operand::none;
    std::uint32_t operands = 0;
    std::uint32_t function = 0;
    std::size_t head_begin = 0;  ///< its code
    std::size_t head_end = 0;
    std::size_t head_at = 0;
    std::string_view head_text;
    std::vector<std::uint32_t> decisions;  ///< jumps of and, or
  };

  // parser.cpp: statements
  void read_text();
  void read_action();
  void read_keyword(const Token& keyword);
  void open_statement(OpenKind kind, std::string_view context, std::size_t at);
  void begin_branch(Open& open, std::string_view context);
  void read_else(std::size_t at);
  void read_end(std::size_t at);
  void close_statement(Open& open);
  void read_loop_exit(bool is_break, std::size_t at);
  void read_define(std::size_t at);
  void read_template(std::size_t at);
  void read_block(std::size_t at);
  std::string read_name(std::string_view context);
  void begin_unit(Open& open, std::string name);
  void end_unit(const Open& open);
  void add_unit(std::uint32_t unit);
  void push_open(Open open);

  // pipeline.cpp: pipelines
  Loop read_pipeline(std::string_view context);
  void begin_pipeline(std::string_view context, TokenKind end, std::size_t at);
  void read_declarations();
  bool read_declaration();
  bool read_operand();
  bool begins_operand(TokenKind kind) const;
  void emit_operand(const Token& token);
  void call_alone(const Token& token);
  void finish_operand(Operand kind, const Token& token);
  Operand read_fields(Operand kind, const Token& token);
  void before_argument();
  void end_command();
  void end_function();
  void end_other(bool has_arguments);
  void end_pipeline();

  // Shared.
  bool open_action(bool& is_comment);
  const Token& peek(std::size_t ahead = 0);
  Token take();
  void expect_close(std::string_view context);
  [[noreturn]] static void unexpected(const Token& token, std::string_view context);
  std::uint32_t emit(Op op, std::size_t at, std::uint32_t a = 0, std::uint32_t b = 0,
                     std::uint32_t c = 0);
  void fail_when_reached(std::size_t at, std::string message);
  std::uint32_t name_id(std::string_view name);
  void add_variable(std::uint32_t name);
  void drop_variables(std::size_t count);
  [[nodiscard]] bool is_variable(std::uint32_t name) const;
  std::vector<Instruction>& code() { return program_->units[unit_].code; }
  [[nodiscard]] std::uint32_t here() { return static_cast<std::uint32_t>(code().size()); }

  std::shared_ptr<Program> program_;
  Lexer lexer_;
  std::deque<Token> ahead_;
  std::size_t at_ = 0;     ///< offset of the last token taken
  bool scanning_ = false;  ///< a fault now is the lexer's, where it stands
  std::vector<Open> opens_;
  std::vector<Pipeline> pipelines_;
  std::uint32_t unit_ = 0;
  std::size_t ranges_ = 0;  ///< ranges open in this unit, where break may stand
  std::vector<std::uint32_t> variables_;
  std::size_t variable_base_ = 0;                 ///< those of this unit begin here
  std::vector<std::vector<std::size_t>> places_;  ///< by name: where in variables_ it stands
  std::unordered_map<std::string, std::uint32_t> ids_;
};

}  // namespace town::tmpl

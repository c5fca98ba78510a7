// What the parser makes of a template: flat lists of instructions for a machine with one stack of
// values. Flat, because a tree as deep as its source would need a stack as deep as a stranger
// likes. Internal to this folder; immutable once made, then any thread may read it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/template/lexer.h"
#include "engine/template/value.h"

namespace town::tmpl {

/// "v" is the value on top of the stack.
enum class Op : std::uint8_t {
  text,      ///< prints text part `a`
  print,     ///< prints v and takes it off
  drop,      ///< takes v off
  nip,       ///< takes the value below v off
  constant,  ///< puts constant `a` on top
  dot,       ///< puts the dot on top
  variable,  ///< puts variable `a` on top
  declare,   ///< makes variable `a` with the value v; v stays
  assign,    ///< gives variable `a` the value v; v stays
  field,     ///< v becomes its field or entry `a`; `b`: arguments stand behind it
  call,      ///< function `a` with `b` arguments, of which the last lies lowest if `c`
  decide,    ///< `b` 1: or, 0: and. v decides it: jump to `a`; else v is taken off
  fail,      ///< ends with message `a`
  jump,      ///< to `a`
  branch,    ///< takes v off; jumps to `a` unless it is true
  enter,     ///< a scope begins: for variables, and for the dot
  leave,     ///< it ends
  with,      ///< takes v off; true: it is the dot, else jump to `a`
  range,     ///< takes v off to go over it; empty: jump to `a`; loop `b` has its variables
  next,      ///< the next element: dot and variables are set; none: jump to `a`
  unwind,    ///< ends `a` scopes, without reaching that of the range
  invoke,    ///< carries out template `a`; `b`: v is its dot and is taken off
};

struct Instruction {
  Op op;
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  std::uint32_t c = 0;
  std::uint32_t at = 0;  ///< offset in the source, for messages
};

/// The variables of a pipeline: of a range, at most two.
struct Loop {
  std::uint32_t count = 0;
  bool assigns = false;  ///< not declared here
  std::uint32_t names[2] = {0, 0};
};

/// One template: the main one, a definition or a block.
struct Unit {
  std::string name;
  std::vector<Instruction> code;
  bool blank = true;  ///< nothing but white space in it
};

struct Program {
  std::string name;  ///< of the main template
  std::string source;
  std::vector<Unit> units;
  std::map<std::string, std::uint32_t, std::less<>> unit_by_name;
  std::vector<std::string> texts;  ///< what `text` prints
  std::vector<TextPart> parts;     ///< where each of them stands in the source
  std::vector<Value> constants;
  std::vector<std::string> names;  ///< of variables, fields and templates
  std::vector<std::string> messages;
  std::vector<Loop> loops;

  /// The 1-based line of an offset.
  [[nodiscard]] int line_of(std::size_t at) const;
};

}  // namespace town::tmpl

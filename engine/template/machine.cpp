#include "engine/template/machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "engine/template/failure.h"
#include "engine/template/format.h"
#include "engine/template/functions.h"
#include "engine/template/limits.h"

namespace town::tmpl {
namespace {

using Entry = std::map<std::string, Value, std::less<>>::const_iterator;

/// Between `enter` and `leave`.
struct Scope {
  Value dot;              ///< before it
  std::size_t variables;  ///< before it
  // Of a range:
  MapRef map;
  Entry next;
  const Loop* loop = nullptr;
  std::size_t loop_variables = 0;  ///< its own included; those of its body are dropped each time
};

/// A template that is being carried out.
struct Frame {
  const Unit* unit;
  std::size_t next = 0;  ///< instruction
  std::size_t variable_base = 0;
  Value outer_dot;
};

struct Variable {
  std::uint32_t name;
  Value value;
};

/// How much work it is to look at all of a value.
struct Weigh {
  std::uint64_t operator()(const Text& text) const { return text->size() / kBytesPerStep; }
  std::uint64_t operator()(const MapRef& map) const {
    std::uint64_t sum = 0;
    for (const auto& [key, value] : map->entries) sum += 1 + std::visit(*this, value);
    return sum;
  }
  std::uint64_t operator()(const StructRef& object) const {
    std::uint64_t sum = 0;
    for (const auto& field : object->fields) sum += 1 + std::visit(*this, field.second);
    return sum;
  }
  template <typename Other>
  std::uint64_t operator()(const Other&) const {
    return 0;
  }
};

class Machine {
 public:
  Machine(const Program& program, const Value& data)
      : program_(program), dot_(data), places_(program.names.size()) {}

  std::string run() {
    begin(program_.units[program_.unit_by_name.find(program_.name)->second], dot_);
    const Instruction* current = nullptr;
    try {
      while (!frames_.empty()) {
        Frame& frame = frames_.back();
        if (frame.next == frame.unit->code.size()) {
          finish();
          continue;
        }
        current = &frame.unit->code[frame.next++];
        charge(1);
        carry_out(*current);
      }
    } catch (const Fault& fault) {
      const int line = current == nullptr ? 1 : program_.line_of(current->at);
      throw TemplateError(
          program_.name, line,
          fmt::format("in template \"{}\": {}", frames_.back().unit->name, fault.what()));
    }
    return std::move(out_);
  }

 private:
  void charge(std::uint64_t steps) {
    steps_ += steps;
    if (steps_ > kMaxSteps) throw Fault("it takes too many steps; is there a circle in it?");
  }

  Value pop() {
    Value value = std::move(values_.back());
    values_.pop_back();
    return value;
  }

  void jump(std::uint32_t target) { frames_.back().next = target; }

  void print(std::string_view text) {
    if (text.size() > kMaxOutput - out_.size())
      throw Fault(fmt::format("the output grows beyond {} bytes", kMaxOutput));
    out_ += text;
  }

  void begin(const Unit& unit, Value dot) {
    if (frames_.size() >= kMaxDepth)
      throw Fault(fmt::format("templates are nested more than {} deep", kMaxDepth));
    frames_.push_back({&unit, 0, variables_.size(), std::move(dot_)});
    dot_ = std::move(dot);
    declare(0, dot_);  // "$" is the first name of every program
  }

  void finish() {
    drop_variables(frames_.back().variable_base);
    dot_ = std::move(frames_.back().outer_dot);
    frames_.pop_back();
  }

  void declare(std::uint32_t name, Value value) {
    places_[name].push_back(variables_.size());
    variables_.push_back({name, std::move(value)});
  }

  void drop_variables(std::size_t count) {
    while (variables_.size() > count) {
      places_[variables_.back().name].pop_back();
      variables_.pop_back();
    }
  }

  Value& variable(std::uint32_t name) {
    const auto& places = places_[name];
    if (places.empty() || places.back() < frames_.back().variable_base)
      throw Fault(fmt::format("the variable \"{}\" has no value here", program_.names[name]));
    return variables_[places.back()].value;
  }

  void carry_out(const Instruction& instruction);
  void carry_out_jump(const Instruction& instruction);
  void print_value(const Value& value);
  void look_up(const Instruction& instruction);
  void call(const Instruction& instruction);
  void invoke(const Instruction& instruction);
  void enter();
  void leave();
  void begin_range(const Instruction& instruction);
  void next_element(const Instruction& instruction);
  void set_loop_variable(const Scope& scope, std::uint32_t index, const Value& value);

  const Program& program_;
  std::string out_;
  std::uint64_t steps_ = 0;
  Value dot_;
  std::vector<Value> values_;
  std::vector<Variable> variables_;
  std::vector<std::vector<std::size_t>> places_;  ///< by name: where in variables_
  std::vector<Scope> scopes_;
  std::vector<Frame> frames_;
};

void Machine::carry_out(const Instruction& instruction) {
  switch (instruction.op) {
    case Op::text:
      return print(program_.texts[instruction.a]);
    case Op::print:
      return print_value(pop());
    case Op::drop:
      return values_.pop_back();
    case Op::nip:
      std::swap(values_.back(), values_[values_.size() - 2]);
      return values_.pop_back();
    case Op::constant:
      return values_.push_back(program_.constants[instruction.a]);
    case Op::dot:
      return values_.push_back(dot_);
    case Op::variable:
      return values_.push_back(variable(instruction.a));
    case Op::declare:
      return declare(instruction.a, values_.back());
    case Op::assign:
      variable(instruction.a) = values_.back();
      return;
    case Op::field:
      return look_up(instruction);
    case Op::call:
      return call(instruction);
    case Op::fail:
      throw Fault(program_.messages[instruction.a]);
    case Op::invoke:
      return invoke(instruction);
    case Op::enter:
      return enter();
    case Op::leave:
      return leave();
    default:
      return carry_out_jump(instruction);
  }
}

void Machine::carry_out_jump(const Instruction& instruction) {
  switch (instruction.op) {
    case Op::jump:
      return jump(instruction.a);
    case Op::branch:
      if (!is_true(pop())) jump(instruction.a);
      return;
    case Op::decide:
      if (is_true(values_.back()) == (instruction.b == 1)) return jump(instruction.a);
      return values_.pop_back();
    case Op::with:
      // Where it is not true the dot stays what it is.
      if (!is_true(values_.back()))
        jump(instruction.a);
      else
        dot_ = values_.back();
      return values_.pop_back();
    case Op::range:
      return begin_range(instruction);
    case Op::next:
      return next_element(instruction);
    default:  // unwind
      for (auto count = instruction.a; count > 0; --count) leave();
  }
}

void Machine::print_value(const Value& value) {
  if (const auto* text = text_in(value)) return print(*text);
  if (is_nothing(value)) return print("<no value>");
  charge(std::visit(Weigh{}, value));
  print(print_operands({&value, 1}));
}

void Machine::look_up(const Instruction& instruction) {
  auto& value = values_.back();
  const auto& name = program_.names[instruction.a];
  // Below something that is not there nothing is there, either.
  if (is_nothing(value)) return;
  const bool has_arguments = instruction.b == 1;
  if (const auto* map = std::get_if<MapRef>(&value)) {
    if (has_arguments) throw Fault(fmt::format("{} is no function and takes no argument", name));
    const auto found = (*map)->entries.find(name);
    value = found == (*map)->entries.end() ? Value{} : Value{found->second};
    return;
  }
  if (const auto* object = std::get_if<StructRef>(&value)) {
    for (const auto& [field, content] : (*object)->fields) {
      if (field != name) continue;
      if (has_arguments) throw Fault(fmt::format("{} is no function and takes no argument", name));
      Value found = content;
      value = std::move(found);
      return;
    }
  }
  throw Fault(fmt::format("there is no field {} in a value of type {}", name, type_name(value)));
}

void Machine::call(const Instruction& instruction) {
  const auto count = instruction.b;
  const auto begin = values_.end() - static_cast<std::ptrdiff_t>(count);
  // A value from the pipeline was there before the others, and is the last argument.
  if (instruction.c == 1) std::rotate(begin, begin + 1, values_.end());
  const std::span<const Value> arguments(begin, values_.end());
  for (const auto& argument : arguments) charge(std::visit(Weigh{}, argument));
  Value result = call_function(instruction.a, arguments);
  charge(std::visit(Weigh{}, result));
  values_.erase(begin, values_.end());
  values_.push_back(std::move(result));
}

void Machine::invoke(const Instruction& instruction) {
  const auto& name = program_.names[instruction.a];
  const auto unit = program_.unit_by_name.find(name);
  if (unit == program_.unit_by_name.end())
    throw Fault(fmt::format("the template \"{}\" is not defined", name));
  begin(program_.units[unit->second], instruction.b == 1 ? pop() : Value{});
}

void Machine::enter() {
  Scope scope;
  scope.dot = dot_;
  scope.variables = variables_.size();
  scopes_.push_back(std::move(scope));
}

void Machine::leave() {
  drop_variables(scopes_.back().variables);
  dot_ = std::move(scopes_.back().dot);
  scopes_.pop_back();
}

void Machine::begin_range(const Instruction& instruction) {
  Value value = pop();
  auto& scope = scopes_.back();
  const auto* map = std::get_if<MapRef>(&value);
  if (map == nullptr && !is_nothing(value))
    throw Fault(fmt::format("a range cannot go over a value of type {}", type_name(value)));
  if (map == nullptr || (*map)->entries.empty()) return jump(instruction.a);
  scope.map = *map;
  scope.next = scope.map->entries.begin();
  scope.loop = &program_.loops[instruction.b];
  scope.loop_variables = variables_.size();
}

void Machine::next_element(const Instruction& instruction) {
  auto& scope = scopes_.back();
  drop_variables(scope.loop_variables);
  if (scope.next == scope.map->entries.end()) return jump(instruction.a);
  const auto& [key, element] = *scope.next++;
  dot_ = element;
  // With one variable it is the element; with two the first is the key.
  if (scope.loop->count == 2) set_loop_variable(scope, 0, make_text(key));
  if (scope.loop->count > 0) set_loop_variable(scope, scope.loop->count - 1, element);
}

void Machine::set_loop_variable(const Scope& scope, std::uint32_t index, const Value& value) {
  const Loop& loop = *scope.loop;
  if (loop.assigns)
    variable(loop.names[index]) = value;
  else
    variables_[scope.loop_variables - loop.count + index].value = value;
}

}  // namespace

std::string run_program(const Program& program, const Value& data) {
  return Machine(program, data).run();
}

}  // namespace town::tmpl

#include "engine/template/functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "engine/template/compare.h"
#include "engine/template/escape.h"
#include "engine/template/failure.h"
#include "engine/template/format.h"

namespace town::tmpl {
namespace {

using Arguments = std::span<const Value>;

/// A position in text or a length of it, at most `limit`.
std::size_t position_in(const Value& value, std::size_t limit) {
  std::int64_t position = 0;
  if (const auto* small = std::get_if<std::uint8_t>(&value))
    position = *small;
  else if (const auto* integer = std::get_if<std::int64_t>(&value))
    position = *integer;
  else
    throw Fault(fmt::format("a text cannot be indexed with a value of type {}", type_name(value)));
  if (position < 0 || static_cast<std::uint64_t>(position) > limit)
    throw Fault(fmt::format("the index {} is out of range", position));
  return static_cast<std::size_t>(position);
}

Value index_once(const Value& item, const Value& by) {
  if (is_nothing(item)) throw Fault("index of nil");
  if (const auto* text = text_in(item)) {
    const auto position = position_in(by, text->size());
    if (position == text->size())
      throw Fault(fmt::format("the index {} is out of range", position));
    return static_cast<std::uint8_t>((*text)[position]);
  }
  const auto* map = std::get_if<MapRef>(&item);
  if (map == nullptr)
    throw Fault(fmt::format("a value of type {} cannot be indexed", type_name(item)));
  const auto* key = text_in(by);
  if (key == nullptr)
    throw Fault(fmt::format("a key of type {} where a string should be", type_name(by)));
  const auto found = (*map)->entries.find(*key);
  return found == (*map)->entries.end() ? (*map)->missing : found->second;
}

Value call_index(Arguments arguments) {
  if (is_nothing(arguments[0])) throw Fault("index of nil");
  Value item = arguments[0];
  for (const auto& by : arguments.subspan(1)) item = index_once(item, by);
  return item;
}

Value call_slice(Arguments arguments) {
  const auto* text = text_in(arguments[0]);
  if (text == nullptr)
    throw Fault(fmt::format("a value of type {} cannot be sliced", type_name(arguments[0])));
  if (arguments.size() > 3) throw Fault("a text is sliced with at most two indexes");
  std::size_t begin = 0;
  std::size_t end = text->size();
  if (arguments.size() > 1) begin = position_in(arguments[1], text->size());
  if (arguments.size() > 2) end = position_in(arguments[2], text->size());
  if (begin > end) throw Fault(fmt::format("a slice from {} to {}", begin, end));
  return make_text(text->substr(begin, end - begin));
}

Value call_len(Arguments arguments) {
  const auto& item = arguments[0];
  if (const auto* text = text_in(item)) return static_cast<std::int64_t>(text->size());
  if (const auto* map = std::get_if<MapRef>(&item))
    return static_cast<std::int64_t>((*map)->entries.size());
  throw Fault(fmt::format("a value of type {} has no length", type_name(item)));
}

Value call_printf(Arguments arguments) {
  const auto* format = text_in(arguments[0]);
  if (format == nullptr)
    throw Fault(
        fmt::format("printf: the format is of type {}, not a string", type_name(arguments[0])));
  return make_text(format_operands(*format, arguments.subspan(1)));
}

Value call_call(Arguments arguments) {
  throw Fault(fmt::format("call: a value of type {} is no function", type_name(arguments[0])));
}

/// One text is taken as it is; all else as `print` would show it, nil as where it is printed.
std::string text_of(Arguments arguments) {
  if (arguments.size() == 1) {
    if (const auto* text = text_in(arguments[0])) return *text;
  }
  std::vector<Value> shown(arguments.begin(), arguments.end());
  for (auto& value : shown) {
    if (is_nothing(value)) value = make_text("<no value>");
  }
  return print_operands(shown);
}

constexpr std::size_t kAny = std::numeric_limits<std::size_t>::max();

struct Function {
  std::string_view name;
  std::size_t least;
  std::size_t most;
  Value (*call)(Arguments);
};

constexpr std::array<Function, 19> kFunctions = {{
    {"and", 1, kAny, nullptr},
    {"or", 1, kAny, nullptr},
    {"not", 1, 1, [](Arguments a) -> Value { return !is_true(a[0]); }},
    {"eq", 1, kAny, [](Arguments a) -> Value { return equals_any(a); }},
    {"ne", 2, 2, [](Arguments a) -> Value { return !equals_any(a); }},
    {"lt", 2, 2, [](Arguments a) -> Value { return is_less(a[0], a[1]); }},
    {"le", 2, 2, [](Arguments a) -> Value { return is_less_or_equal(a[0], a[1]); }},
    {"gt", 2, 2, [](Arguments a) -> Value { return !is_less_or_equal(a[0], a[1]); }},
    {"ge", 2, 2, [](Arguments a) -> Value { return !is_less(a[0], a[1]); }},
    {"len", 1, 1, call_len},
    {"index", 1, kAny, call_index},
    {"slice", 1, kAny, call_slice},
    {"print", 0, kAny, [](Arguments a) -> Value { return make_text(print_operands(a)); }},
    {"println", 0, kAny, [](Arguments a) -> Value { return make_text(print_line(a)); }},
    {"printf", 1, kAny, call_printf},
    {"html", 0, kAny, [](Arguments a) -> Value { return make_text(escape_html(text_of(a))); }},
    {"js", 0, kAny, [](Arguments a) -> Value { return make_text(escape_js(text_of(a))); }},
    {"urlquery", 0, kAny, [](Arguments a) -> Value { return make_text(escape_query(text_of(a))); }},
    {"call", 1, kAny, call_call},
}};

}  // namespace

std::optional<std::uint32_t> function_index(std::string_view name) {
  const auto found = std::ranges::find(kFunctions, name, &Function::name);
  if (found == kFunctions.end()) return std::nullopt;
  return static_cast<std::uint32_t>(found - kFunctions.begin());
}

bool takes_arguments(std::uint32_t function, std::size_t count) {
  return count >= kFunctions[function].least && count <= kFunctions[function].most;
}

std::string argument_fault(std::uint32_t function, std::size_t count) {
  const auto& called = kFunctions[function];
  return fmt::format("wrong number of arguments for {}: want {}{}, got {}", called.name,
                     called.most == kAny ? "at least " : "", called.least, count);
}

std::optional<bool> decides_early(std::uint32_t function) {
  if (kFunctions[function].call != nullptr) return std::nullopt;
  return kFunctions[function].name == "or";
}

Value call_function(std::uint32_t function, std::span<const Value> arguments) {
  return kFunctions[function].call(arguments);
}

}  // namespace town::tmpl

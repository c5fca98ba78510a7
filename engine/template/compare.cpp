#include "engine/template/compare.h"

#include <fmt/format.h>

#include "engine/template/failure.h"

namespace town::tmpl {
namespace {

/// Values of one sort can be compared with each other; a signed and an unsigned integer, too.
enum class Sort { boolean, integer, small_integer, floating, complex, text, other };

Sort sort_of(const Value& value) {
  if (std::holds_alternative<bool>(value)) return Sort::boolean;
  if (std::holds_alternative<std::int64_t>(value)) return Sort::integer;
  if (std::holds_alternative<std::uint8_t>(value)) return Sort::small_integer;
  if (std::holds_alternative<double>(value)) return Sort::floating;
  if (std::holds_alternative<std::complex<double>>(value)) return Sort::complex;
  if (std::holds_alternative<Text>(value)) return Sort::text;
  return Sort::other;
}

bool is_integer(Sort sort) { return sort == Sort::integer || sort == Sort::small_integer; }

std::int64_t integer_in(const Value& value) {
  if (const auto* small = std::get_if<std::uint8_t>(&value)) return *small;
  return std::get<std::int64_t>(value);
}

[[noreturn]] void cannot_compare(const Value& left, const Value& right) {
  throw Fault(fmt::format("values of type {} and {} cannot be compared", type_name(left),
                          type_name(right)));
}

bool is_nil(const Value& value) {
  const auto* map = std::get_if<MapRef>(&value);
  return is_nothing(value) || (map != nullptr && (*map)->is_nil);
}

bool same_fields(const Struct& left, const Struct& right) {
  if (left.type != right.type) return false;
  for (std::size_t i = 0; i < left.fields.size(); ++i) {
    const auto* text = text_in(left.fields[i].second);
    if (text == nullptr || *text != *text_in(right.fields[i].second)) return false;
  }
  return true;
}

/// Maps, structs and nil.
bool equals_other(const Value& left, const Value& right) {
  const bool same_shape = left.index() == right.index();
  if (!same_shape && !is_nothing(left) && !is_nothing(right)) cannot_compare(left, right);
  if (is_nil(left) || is_nil(right)) return is_nil(left) == is_nil(right);
  const auto* object = std::get_if<StructRef>(&right);
  if (object == nullptr || !(*object)->comparable) cannot_compare(left, right);
  return same_fields(*std::get<StructRef>(left), **object);
}

bool equals(const Value& left, const Value& right) {
  const Sort sort = sort_of(left);
  const Sort other = sort_of(right);
  if (is_integer(sort) && is_integer(other)) return integer_in(left) == integer_in(right);
  if (sort != other) {
    if (!is_nothing(left) && !is_nothing(right)) cannot_compare(left, right);
    return false;
  }
  if (sort == Sort::other) return equals_other(left, right);
  if (sort == Sort::text) return *text_in(left) == *text_in(right);
  if (sort == Sort::boolean) return std::get<bool>(left) == std::get<bool>(right);
  if (sort == Sort::floating) return std::get<double>(left) == std::get<double>(right);
  return std::get<std::complex<double>>(left) == std::get<std::complex<double>>(right);
}

}  // namespace

bool equals_any(std::span<const Value> arguments) {
  if (arguments.size() < 2) throw Fault("a second argument is missing for the comparison");
  // What comes after the first hit is not looked at, so it cannot be at fault.
  for (const auto& other : arguments.subspan(1)) {
    if (equals(arguments[0], other)) return true;
  }
  return false;
}

bool is_less(const Value& left, const Value& right) {
  const Sort sort = sort_of(left);
  const Sort other = sort_of(right);
  if (is_integer(sort) && is_integer(other)) return integer_in(left) < integer_in(right);
  if (sort != other) cannot_compare(left, right);
  if (sort == Sort::floating) return std::get<double>(left) < std::get<double>(right);
  if (sort == Sort::text) return *text_in(left) < *text_in(right);
  throw Fault(fmt::format("values of type {} have no order", type_name(left)));
}

bool is_less_or_equal(const Value& left, const Value& right) {
  return is_less(left, right) || equals(left, right);
}

}  // namespace town::tmpl

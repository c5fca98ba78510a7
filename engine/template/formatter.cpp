#include "engine/template/formatter.h"

#include "engine/template/quote.h"
#include "engine/template/unicode.h"

namespace town::tmpl {

void Formatter::write(const Value& value, char32_t verb) {
  if (verb == 'T') {
    const auto name = type_name(value);
    if (is_nothing(value))
      pad(name);
    else
      write_text(name, 's');
  } else if (verb == 'w' || !write_by_type(value, verb)) {
    // %w wraps errors, of which there are none: no value has it, not even in its parts.
    write_bad_verb(value, verb);
  }
}

bool Formatter::write_by_type(const Value& value, char32_t verb) {
  if (is_nothing(value)) {
    if (verb == 'v') pad("<nil>");
    return verb == 'v';
  }
  if (const auto* map = std::get_if<MapRef>(&value)) {
    write_map(**map, verb);
    return true;
  }
  if (const auto* object = std::get_if<StructRef>(&value)) {
    if (verb != 'p') write_struct(**object, verb);
    return verb != 'p';
  }
  if (const auto* text = text_in(value)) return write_text(*text, verb);
  if (const auto* truth = std::get_if<bool>(&value)) {
    const bool known = verb == 't' || verb == 'v';
    if (known) pad(*truth ? "true" : "false");
    return known;
  }
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    const auto bits = static_cast<std::uint64_t>(*integer);
    return write_integer(*integer < 0 ? 0 - bits : bits, *integer < 0, true, verb);
  }
  if (const auto* small = std::get_if<std::uint8_t>(&value))
    return write_integer(*small, false, false, verb);
  if (const auto* number = std::get_if<double>(&value)) return write_float(*number, verb);
  return write_complex(std::get<std::complex<double>>(value), verb);
}

void Formatter::write_bad_verb(const Value& value, char32_t verb) {
  std::string begin = "%!";
  append_character(begin, verb);
  out_.add(begin + "(" + type_name(value));
  if (!is_nothing(value)) {
    out_.add('=');
    write(value, 'v');
  }
  out_.add(')');
}

bool Formatter::write_text(const std::string& text, char32_t verb) {
  if (verb == 'x' || verb == 'X') {
    write_hex(text, verb == 'X');
    return true;
  }
  const auto shown = flags.precision ? first_characters(text, *flags.precision) : text;
  if (verb == 'q' || (verb == 'v' && flags.source)) {
    if (flags.sharp && can_back_quote(shown))
      pad(fmt::format("`{}`", shown));
    else
      pad(quote_text(shown, flags.plus));
    return true;
  }
  if (verb != 's' && verb != 'v') return false;
  pad(shown);
  return true;
}

void Formatter::write_hex(std::string_view text, bool upper) {
  if (flags.precision) text = text.substr(0, *flags.precision);
  const std::string_view prefix = !flags.sharp ? "" : upper ? "0X" : "0x";
  BoundedText digits;
  bool first = true;
  for (const char c : text) {
    if (!first && flags.space) digits.add(' ');
    if (first || flags.space) digits.add(prefix);
    const auto byte = static_cast<unsigned char>(c);
    digits.add(upper ? fmt::format("{:02X}", byte) : fmt::format("{:02x}", byte));
    first = false;
  }
  pad(digits.text());
}

void Formatter::write_map(const Map& map, char32_t verb) {
  if (verb == 'p') {
    // An address, which says nothing and differs each time even in Go. "#" takes the "0x" away.
    const bool sharp = std::exchange(flags.sharp, false);
    write_digits(map.is_nil ? 0 : 0xc000010000, false, 16, sharp ? 'd' : 'p');
    flags.sharp = sharp;
    return;
  }
  if (flags.source) out_.add(map.type + (map.is_nil ? "(nil)" : "{"));
  if (flags.source && map.is_nil) return;
  if (!flags.source) out_.add("map[");
  bool first = true;
  for (const auto& [key, value] : map.entries) {
    if (!first) out_.add(flags.source ? ", " : " ");
    first = false;
    write(make_text(key), verb);
    out_.add(':');
    write(value, verb);
  }
  out_.add(flags.source ? '}' : ']');
}

void Formatter::write_struct(const Struct& object, char32_t verb) {
  if (flags.source) out_.add(object.type);
  out_.add('{');
  bool first = true;
  for (const auto& [name, value] : object.fields) {
    if (!first) out_.add(flags.source ? ", " : " ");
    first = false;
    if (flags.source || flags.fields) out_.add(name + ":");
    write(value, verb);
  }
  out_.add('}');
}

void Formatter::pad(std::string_view text) {
  const auto width = flags.width.value_or(0);
  const auto characters = width == 0 ? 0 : count_characters(text);
  const auto missing = width > characters ? width - characters : 0;
  if (!flags.minus) fill(missing);
  out_.add(text);
  if (flags.minus) fill(missing);
}

void Formatter::pad_without_zeros(std::string_view text) {
  const bool zero = flags.zero;
  flags.zero = false;
  pad(text);
  flags.zero = zero;
}

void Formatter::fill(std::size_t count) { out_.fill(count, flags.zero ? '0' : ' '); }

}  // namespace town::tmpl

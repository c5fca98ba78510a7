#include "engine/template/literal.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <system_error>

#include "engine/template/failure.h"
#include "engine/template/unicode.h"

namespace town::tmpl {
namespace {

[[noreturn]] void bad_number(std::string_view text) {
  throw Fault(fmt::format("\"{}\" is not a number", text));
}

bool is_digit(char c, bool hexadecimal) {
  const bool letter = (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  return (c >= '0' && c <= '9') || (hexadecimal && letter);
}

/// Underscores stand between digits, or between a base's prefix and a digit (a leading 0 is such a
/// prefix). Nothing where one stands elsewhere.
std::optional<std::string> without_underscores(std::string_view digits, int base) {
  std::string out;
  char before = base == 10 ? '.' : '0';
  for (const char c : digits) {
    const bool misplaced =
        c == '_' ? !is_digit(before, base == 16) : before == '_' && !is_digit(c, base == 16);
    if (misplaced) return std::nullopt;
    if (c != '_') out += c;
    before = c;
  }
  if (before == '_') return std::nullopt;
  return out;
}

struct Signed {
  bool negative = false;
  bool has_sign = false;
  std::string_view digits;
};

Signed split_sign(std::string_view text) {
  const bool has_sign = text.starts_with('+') || text.starts_with('-');
  return {text.starts_with('-'), has_sign, text.substr(has_sign ? 1 : 0)};
}

struct Based {
  int base = 10;
  std::string_view digits;
};

Based split_base(std::string_view text) {
  const auto prefix = text.substr(0, 2);
  if (prefix == "0x" || prefix == "0X") return {16, text.substr(2)};
  if (prefix == "0o" || prefix == "0O") return {8, text.substr(2)};
  if (prefix == "0b" || prefix == "0B") return {2, text.substr(2)};
  if (text.size() > 1 && text[0] == '0') return {8, text.substr(1)};
  return {10, text};
}

enum class IntegerResult { no_integer, fits, too_large };

IntegerResult read_integer(std::string_view text, std::int64_t& value) {
  const Signed sign = split_sign(text);
  const Based based = split_base(sign.digits);
  const auto digits = without_underscores(based.digits, based.base);
  if (!digits || digits->empty()) return IntegerResult::no_integer;
  std::uint64_t magnitude = 0;
  const auto* end = digits->data() + digits->size();
  const auto [stop, error] = std::from_chars(digits->data(), end, magnitude, based.base);
  if (stop != end || error != std::errc{}) return IntegerResult::no_integer;
  constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
  if (magnitude > kMax + (sign.negative ? 1 : 0))
    return sign.has_sign ? IntegerResult::no_integer : IntegerResult::too_large;
  value = static_cast<std::int64_t>(sign.negative ? 0 - magnitude : magnitude);
  return IntegerResult::fits;
}

/// A float, decimal or hexadecimal with its exponent; the nearest one, no infinity.
std::optional<double> read_float(std::string_view text) {
  const Signed sign = split_sign(text);
  const Based based = split_base(sign.digits);
  const bool hexadecimal = based.base == 16;
  auto body = hexadecimal ? based.digits : sign.digits;
  if (!hexadecimal && based.base != 10 && based.digits.data() - sign.digits.data() == 2)
    return std::nullopt;
  const auto plain = without_underscores(body, hexadecimal ? 16 : 10);
  if (!plain || plain->empty() || split_sign(*plain).has_sign) return std::nullopt;
  if (hexadecimal && plain->find_first_of("pP") == std::string::npos) return std::nullopt;
  // from_chars would also take "inf" and "nan", which begin with letters here unknown.
  const bool begins_well = plain->find_first_of("0123456789abcdefABCDEF") <= 1;
  if (!begins_well || (!hexadecimal && plain->find_first_of("nNiI") != std::string::npos))
    return std::nullopt;
  std::string number = *plain;
  // "1e+5" is fine for from_chars, a "+" is its own sign.
  double value = 0;
  const auto* end = number.data() + number.size();
  const auto [stop, error] = std::from_chars(
      number.data(), end, value, hexadecimal ? std::chars_format::hex : std::chars_format::general);
  if (stop != end) return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    // Too small is zero, too large is a fault. from_chars says the same of both.
    const auto exponent = number.find_first_of(hexadecimal ? "pP" : "eE");
    if (exponent == std::string::npos || number.substr(exponent + 1, 1) != "-") return std::nullopt;
    value = 0;
  }
  return sign.negative ? -value : value;
}

/// "2i" and "1+2i", without their i's.
std::optional<std::complex<double>> read_complex(std::string_view text) {
  text.remove_suffix(1);
  std::size_t split = std::string_view::npos;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const bool exponent = std::string_view("eEpP").find(text[i - 1]) != std::string_view::npos;
    const bool hexadecimal = split_base(split_sign(text).digits).base == 16;
    const bool in_exponent =
        exponent && !(hexadecimal && (text[i - 1] == 'e' || text[i - 1] == 'E'));
    if ((text[i] == '+' || text[i] == '-') && !in_exponent) split = i;
  }
  if (split == std::string_view::npos) {
    const auto imaginary = read_float(text);
    if (!imaginary) return std::nullopt;
    return std::complex<double>(0, *imaginary);
  }
  const auto real = read_float(text.substr(0, split));
  const auto imaginary = read_float(text.substr(split));
  if (!real || !imaginary) return std::nullopt;
  return std::complex<double>(*real, *imaginary);
}

int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 16;
}

struct Unescaped {
  char32_t code = 0;
  bool is_byte = false;  ///< \x41 and \101 stand for one byte, whatever it is
};

/// Reads `count` digits of `base` from `text`, and takes them off.
char32_t read_digits(std::string_view& text, std::size_t count, int base) {
  char32_t code = 0;
  if (text.size() < count) throw Fault("an escape in a quoted constant is cut short");
  for (std::size_t i = 0; i < count; ++i) {
    const int digit = digit_value(text[i]);
    if (digit >= base) throw Fault("an escape in a quoted constant has a wrong digit");
    code = code * static_cast<char32_t>(base) + static_cast<char32_t>(digit);
  }
  text.remove_prefix(count);
  return code;
}

/// What follows a backslash.
Unescaped read_escape(std::string_view& text, char quote) {
  constexpr std::string_view kNames = "abfnrtv\\";
  constexpr std::string_view kCodes = "\a\b\f\n\r\t\v\\";
  if (text.empty()) throw Fault("a quoted constant ends within an escape");
  const char c = text[0];
  if (c >= '0' && c <= '7') {
    const auto code = read_digits(text, 3, 8);
    if (code > 255) throw Fault("an octal escape is larger than \\377");
    return {code, true};
  }
  text.remove_prefix(1);
  if (c == quote) return {static_cast<char32_t>(c), true};
  if (const auto name = kNames.find(c); name != std::string_view::npos)
    return {static_cast<char32_t>(kCodes[name]), true};
  if (c == 'x') return {read_digits(text, 2, 16), true};
  if (c != 'u' && c != 'U') throw Fault(fmt::format("\\{} is no escape in a quoted constant", c));
  const auto code = read_digits(text, c == 'u' ? 4 : 8, 16);
  if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
    throw Fault("an escape in a quoted constant stands for no character");
  return {code, false};
}

/// One character or escape of a quoted constant.
Unescaped read_unit(std::string_view& text, char quote) {
  if (text.starts_with('\\')) {
    text.remove_prefix(1);
    return read_escape(text, quote);
  }
  const auto character = first_character(text);
  text.remove_prefix(character.length);
  return {character.code, false};
}

}  // namespace

Value parse_number(std::string_view text) {
  if (text.ends_with('i')) {
    const auto value = read_complex(text);
    if (!value) bad_number(text);
    return *value;
  }
  std::int64_t integer = 0;
  const auto result = read_integer(text, integer);
  if (result == IntegerResult::too_large) return Nothing{};
  const bool looks_float = text.find_first_of(".eEpP") != std::string_view::npos;
  if (result == IntegerResult::fits) {
    // A hexadecimal integer is told from a float by its first two bytes: a sign before them hides
    // that, and an "e" among its digits then makes it a float.
    const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
    if (looks_float && !hexadecimal) return static_cast<double>(integer);
    return integer;
  }
  const auto value = looks_float ? read_float(text) : std::nullopt;
  if (!value) bad_number(text);
  return *value;
}

Value parse_character(std::string_view text) {
  auto rest = text.substr(1);
  if (rest.starts_with('\'')) throw Fault("a character constant is empty");
  const auto unit = read_unit(rest, '\'');
  if (rest != "'") throw Fault(fmt::format("{} is not one character", text));
  return static_cast<std::int64_t>(unit.code);
}

std::string parse_string(std::string_view text) {
  const char quote = text[0];
  auto rest = text.substr(1, text.size() - 2);
  std::string out;
  if (quote == '`') {
    out = rest;
    std::erase(out, '\r');
    return out;
  }
  while (!rest.empty()) {
    const auto unit = read_unit(rest, quote);
    if (unit.is_byte)
      out += static_cast<char>(unit.code);
    else
      append_character(out, unit.code);
  }
  return out;
}

}  // namespace town::tmpl

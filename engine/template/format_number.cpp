// The part of the formatter that writes numbers.
#include <algorithm>
#include <cmath>

#include "engine/template/float_text.h"
#include "engine/template/formatter.h"
#include "engine/template/quote.h"
#include "engine/template/unicode.h"

namespace town::tmpl {
namespace {

constexpr std::uint64_t kLastCharacter = 0x10FFFF;

char32_t to_character(std::uint64_t code) {
  return code > kLastCharacter ? kBadCharacter : static_cast<char32_t>(code);
}

std::string digits_of(std::uint64_t magnitude, int base, bool upper) {
  if (base == 2) return fmt::format("{:b}", magnitude);
  if (base == 8) return fmt::format("{:o}", magnitude);
  if (base == 10) return fmt::format("{}", magnitude);
  return upper ? fmt::format("{:X}", magnitude) : fmt::format("{:x}", magnitude);
}

}  // namespace

bool Formatter::write_integer(std::uint64_t magnitude, bool negative, bool is_signed,
                              char32_t verb) {
  const auto bits = negative ? 0 - magnitude : magnitude;
  switch (verb) {
    case 'v':
      if (flags.source && !is_signed)
        write_digits(magnitude, negative, 16, 'p');
      else
        write_digits(magnitude, negative, 10, verb);
      return true;
    case 'd':
      write_digits(magnitude, negative, 10, verb);
      return true;
    case 'b':
      write_digits(magnitude, negative, 2, verb);
      return true;
    case 'o':
    case 'O':
      write_digits(magnitude, negative, 8, verb);
      return true;
    case 'x':
    case 'X':
      write_digits(magnitude, negative, 16, verb);
      return true;
    case 'c': {
      std::string text;
      append_character(text, to_character(bits));
      pad(text);
      return true;
    }
    case 'q':
      pad(quote_character(to_character(bits), flags.plus));
      return true;
    case 'U':
      write_code_point(bits);
      return true;
    default:
      return false;
  }
}

/// Verb `p` stands for a number that has "0x" before it in any case.
void Formatter::write_digits(std::uint64_t magnitude, bool negative, int base, char32_t verb) {
  if (flags.precision == 0U && magnitude == 0) return pad_without_zeros("");
  // Zeros on the left are asked for as a precision, or as a width, in which the sign has its place.
  std::size_t least = flags.precision.value_or(0);
  const bool has_sign = negative || flags.plus || flags.space;
  if (!flags.precision && flags.zero && flags.width) {
    least = *flags.width;
    if (has_sign && least > 0) --least;
  }
  BoundedText text;
  if (has_sign) text.add(negative ? '-' : flags.plus ? '+' : ' ');
  if (verb == 'O') text.add("0o");
  auto digits = digits_of(magnitude, base, verb == 'X');
  if (least > digits.size()) {
    BoundedText zeros;
    zeros.fill(least - digits.size(), '0');
    digits.insert(0, zeros.text());
  }
  if (flags.sharp && base == 2) text.add("0b");
  if (flags.sharp && base == 8 && digits[0] != '0') text.add('0');
  if (base == 16 && (flags.sharp || verb == 'p')) text.add(verb == 'X' ? "0X" : "0x");
  text.add(digits);
  pad_without_zeros(text.text());
}

void Formatter::write_code_point(std::uint64_t code) {
  const auto least = std::max<std::size_t>(flags.precision.value_or(0), 4);
  auto digits = digits_of(code, 16, true);
  BoundedText text;
  text.add("U+");
  if (digits.size() < least) text.fill(least - digits.size(), '0');
  text.add(digits);
  if (flags.sharp && code <= kLastCharacter && is_printable(static_cast<char32_t>(code))) {
    std::string character;
    append_character(character, static_cast<char32_t>(code));
    text.add(" '" + character + "'");
  }
  pad_without_zeros(text.text());
}

bool Formatter::write_float(double value, char32_t verb) {
  constexpr std::u32string_view kVerbs = U"vbgGxXfFeE";
  if (kVerbs.find(verb) == std::u32string_view::npos) return false;
  const auto form = verb == 'v' ? U'g' : verb;
  auto number = float_text(std::abs(value), form, flags.precision);
  if (flags.sharp && verb != 'b') number = with_point(std::move(number), form, flags.precision);
  write_signed(std::move(number), std::signbit(value));
  return true;
}

void Formatter::write_signed(std::string number, bool negative) {
  const char sign = negative ? '-' : flags.plus ? '+' : ' ';
  if (!negative && !flags.plus && !flags.space) return pad(number);
  const auto width = flags.width.value_or(0);
  if (flags.zero && width > number.size() + 1) {
    // Zeros belong between the sign and the number.
    out_.add(sign);
    fill(width - number.size() - 1);
    out_.add(number);
  } else {
    pad(sign + number);
  }
}

bool Formatter::write_complex(const std::complex<double>& value, char32_t verb) {
  constexpr std::u32string_view kVerbs = U"vbgGxXfFeE";
  if (kVerbs.find(verb) == std::u32string_view::npos) return false;
  const bool plus = flags.plus;
  out_.add('(');
  write_float(value.real(), verb);
  flags.plus = true;
  write_float(value.imag(), verb);
  flags.plus = plus;
  out_.add("i)");
  return true;
}

}  // namespace town::tmpl

#include "engine/template/float_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace town::tmpl {
namespace {

/// A float64 is m * 2^(e - 1075) with a mantissa of 53 bits (IEEE 754).
constexpr int kMantissaBits = 52;
constexpr int kExponentBias = 1075;

struct Parts {
  std::uint64_t mantissa = 0;
  int exponent = 0;  ///< of the mantissa's last bit
};

Parts split(double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  const auto stored = static_cast<int>((bits >> kMantissaBits) & 0x7FFU);
  const auto fraction = bits & ((std::uint64_t{1} << kMantissaBits) - 1);
  if (stored == 0) return {fraction, 1 - kExponentBias};
  return {fraction | (std::uint64_t{1} << kMantissaBits), stored - kExponentBias};
}

std::string to_text(double value, std::chars_format format, std::size_t precision) {
  std::string text(precision + 400, '\0');  // 309 digits before the point, and an exponent
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value, format,
                                 static_cast<int>(precision));
  text.resize(static_cast<std::size_t>(end.ptr - text.data()));
  return text;
}

/// As few digits as tell the value from its neighbours; with an exponent where it is below -4 or
/// at least this.
constexpr int kLeastExponent = 6;

std::string shortest(double value) {
  char buffer[64];
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific);
  const std::string text(buffer, end.ptr);
  const auto mark = text.find('e');
  const int exponent = std::stoi(text.substr(mark + 1));
  if (exponent < -4 || exponent >= kLeastExponent) return text;
  const auto digits = mark > 1 ? mark - 1 : 1;
  const auto after_point = static_cast<int>(digits) - 1 - exponent;
  return to_text(value, std::chars_format::fixed,
                 static_cast<std::size_t>(std::max(after_point, 0)));
}

/// 0x1.8p+01: one digit before the point, rounded to even.
std::string hexadecimal(double value, std::optional<std::size_t> precision) {
  auto [mantissa, exponent] = split(value);
  if (mantissa == 0) exponent = -kMantissaBits;
  while (mantissa != 0 && (mantissa >> kMantissaBits) == 0) {
    mantissa <<= 1U;
    --exponent;
  }
  constexpr std::size_t kDigits = kMantissaBits / 4;
  if (precision && *precision < kDigits) {
    const auto dropped = static_cast<unsigned>(4 * (kDigits - *precision));
    const auto rest = mantissa & ((std::uint64_t{1} << dropped) - 1);
    const auto half = std::uint64_t{1} << (dropped - 1);
    mantissa >>= dropped;
    if (rest > half || (rest == half && (mantissa & 1U) != 0)) ++mantissa;
    mantissa <<= dropped;
    if ((mantissa >> (kMantissaBits + 1)) != 0) {
      mantissa >>= 1U;
      ++exponent;
    }
  }
  auto fraction = fmt::format("{:013x}", mantissa & ((std::uint64_t{1} << kMantissaBits) - 1));
  if (precision)
    fraction.resize(*precision, '0');
  else
    fraction.erase(fraction.find_last_not_of('0') + 1);
  const int power = exponent + kMantissaBits;
  return fmt::format("0x{}{}{}p{}{:02}", mantissa >> kMantissaBits, fraction.empty() ? "" : ".",
                     fraction, power < 0 ? '-' : '+', std::abs(power));
}

void to_upper(std::string& text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
}

}  // namespace

std::string float_text(double value, char32_t verb, std::optional<std::size_t> precision) {
  constexpr std::size_t kDefault = 6;
  std::string text;
  switch (verb) {
    case 'b': {
      const auto [mantissa, exponent] = split(value);
      return fmt::format("{}p{:+}", mantissa, exponent);
    }
    case 'f':
    case 'F':
      return to_text(value, std::chars_format::fixed, precision.value_or(kDefault));
    case 'e':
    case 'E':
      text = to_text(value, std::chars_format::scientific, precision.value_or(kDefault));
      break;
    case 'x':
    case 'X':
      text = hexadecimal(value, precision);
      break;
    default:
      text = precision ? to_text(value, std::chars_format::general, *precision) : shortest(value);
  }
  if (verb == 'E' || verb == 'G' || verb == 'X') to_upper(text);
  return text;
}

std::string with_point(std::string number, char32_t verb, std::optional<std::size_t> precision) {
  const bool hex = verb == 'x' || verb == 'X';
  const auto mark = std::min(number.find_first_of(hex ? "pP" : "eE"), number.size());
  const auto exponent = number.substr(mark);
  number.resize(mark);
  std::size_t wanted = 0;
  if (verb == 'g' || verb == 'G' || verb == 'v' || verb == 'x') wanted = precision.value_or(6);
  // In a hexadecimal number Go counts the "x", too.
  const auto digits = number.find_first_not_of("0.");
  auto significant = static_cast<std::size_t>(
      digits == std::string::npos
          ? 0
          : std::count_if(number.begin() + static_cast<std::ptrdiff_t>(digits), number.end(),
                          [](char c) { return c != '.'; }));
  if (number.find('.') == std::string::npos) {
    if (number == "0") significant = 1;
    number += '.';
  }
  if (significant < wanted) number.append(wanted - significant, '0');
  return number + exponent;
}

}  // namespace town::tmpl

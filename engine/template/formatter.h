// One verb at a time: a value, the verb, its flags. The reading of formats is in format.cpp.
// Internal to this folder; one thread.
#pragma once

#include <optional>

#include "engine/template/bounded_text.h"
#include "engine/template/value.h"

namespace town::tmpl {

/// What stands between "%" and the verb.
struct Flags {
  std::optional<std::size_t> width;      ///< in characters
  std::optional<std::size_t> precision;  ///< its meaning depends on the verb
  bool minus = false;
  bool plus = false;
  bool sharp = false;
  bool space = false;
  bool zero = false;
  bool fields = false;  ///< %+v: with the names of fields
  bool source = false;  ///< %#v: as Go source
};

class Formatter {
 public:
  Flags flags;

  /// Writes `value` as `verb` asks, or that it cannot.
  void write(const Value& value, char32_t verb);

  /// Writes what is no value.
  void write_plain(std::string_view text) { out_.add(text); }

  std::string take() { return out_.take(); }

 private:
  // formatter.cpp
  void write_bad_verb(const Value& value, char32_t verb);
  bool write_text(const std::string& text, char32_t verb);
  void write_hex(std::string_view text, bool upper);
  void write_map(const Map& map, char32_t verb);
  void write_struct(const Struct& object, char32_t verb);
  bool write_by_type(const Value& value, char32_t verb);
  void pad(std::string_view text);
  void pad_without_zeros(std::string_view text);
  void fill(std::size_t count);

  // format_number.cpp
  bool write_integer(std::uint64_t magnitude, bool negative, bool is_signed, char32_t verb);
  void write_digits(std::uint64_t magnitude, bool negative, int base, char32_t verb);
  void write_code_point(std::uint64_t code);
  bool write_float(double value, char32_t verb);
  bool write_complex(const std::complex<double>& value, char32_t verb);
  void write_signed(std::string number, bool negative);

  BoundedText out_;
};

}  // namespace town::tmpl

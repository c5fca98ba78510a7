// What a template computes with: a value, and the two shapes of data that it may look into. Values
// are immutable and cheap to copy; any thread may read them.
#pragma once

#include <complex>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace town::tmpl {

struct Map;
struct Struct;

/// An untyped nil, and what a look-up that found nothing gives: prints as "<no value>".
struct Nothing {
  bool operator==(const Nothing&) const = default;
};

using Text = std::shared_ptr<const std::string>;
using MapRef = std::shared_ptr<const Map>;
using StructRef = std::shared_ptr<const Struct>;

/// The types that Go's templates can meet here. `std::int64_t` is Go's int, `std::uint8_t` what
/// indexing a string gives.
using Value = std::variant<Nothing, bool, std::int64_t, std::uint8_t, double, std::complex<double>,
                           Text, MapRef, StructRef>;

/// A map with text keys, in key order.
struct Map {
  std::string type;  ///< as Go writes it: "map[string]string"
  Value missing;     ///< what `index` gives for a key that is not there
  std::map<std::string, Value, std::less<>> entries;
  bool is_nil = false;  ///< never made, so empty; %#v shows it, and it equals nil
};

/// A struct: its fields by name, in the order of their declaration.
struct Struct {
  std::string type;  ///< as Go writes it: "main.Package"
  std::vector<std::pair<std::string, Value>> fields;
  bool comparable = true;  ///< whether == is defined for it: it holds no map
};

/// A value that holds `text`.
Value make_text(std::string text);

inline bool is_nothing(const Value& value) { return std::holds_alternative<Nothing>(value); }

/// The text in `value`, null where it holds something else.
const std::string* text_in(const Value& value);

/// The name of the value's type, as Go writes it; "<nil>" for nothing.
std::string type_name(const Value& value);

/// What `if` asks: not the empty value of its type. A struct is always true.
bool is_true(const Value& value);

}  // namespace town::tmpl

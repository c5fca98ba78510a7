#include "engine/template/value.h"

namespace town::tmpl {
namespace {

struct NameType {
  std::string operator()(Nothing) const { return "<nil>"; }
  std::string operator()(bool) const { return "bool"; }
  std::string operator()(std::int64_t) const { return "int"; }
  std::string operator()(std::uint8_t) const { return "uint8"; }
  std::string operator()(double) const { return "float64"; }
  std::string operator()(const std::complex<double>&) const { return "complex128"; }
  std::string operator()(const Text&) const { return "string"; }
  std::string operator()(const MapRef& map) const { return map->type; }
  std::string operator()(const StructRef& object) const { return object->type; }
};

struct AskTruth {
  bool operator()(Nothing) const { return false; }
  bool operator()(bool value) const { return value; }
  bool operator()(std::int64_t value) const { return value != 0; }
  bool operator()(std::uint8_t value) const { return value != 0; }
  bool operator()(double value) const { return value != 0; }
  bool operator()(const std::complex<double>& value) const { return value != 0.0; }
  bool operator()(const Text& text) const { return !text->empty(); }
  bool operator()(const MapRef& map) const { return !map->entries.empty(); }
  bool operator()(const StructRef&) const { return true; }
};

}  // namespace

Value make_text(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

const std::string* text_in(const Value& value) {
  const auto* text = std::get_if<Text>(&value);
  return text == nullptr ? nullptr : text->get();
}

std::string type_name(const Value& value) { return std::visit(NameType{}, value); }

bool is_true(const Value& value) { return std::visit(AskTruth{}, value); }

}  // namespace town::tmpl

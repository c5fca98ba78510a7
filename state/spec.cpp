#include "state/spec.h"

#include <array>
#include <utility>

#include "state/digest.h"
#include "state/document/json.h"
#include "state/document/spec_document.h"

namespace town {
namespace document {
namespace {

template <std::size_t... I>
Spec empty_spec(std::size_t kind, std::index_sequence<I...>) {
  constexpr std::array<Spec (*)(), sizeof...(I)> kMakers = {
      [] { return Spec(std::in_place_index<I>); }...};
  return kMakers.at(kind)();
}

Spec empty_spec(Kind kind) {
  static_assert(std::variant_size_v<Spec> == kKindCount, "a spec for each kind, in its order");
  return empty_spec(static_cast<std::size_t>(kind), std::make_index_sequence<kKindCount>());
}

}  // namespace

void pack_spec(Packer& out, const Spec& spec) {
  std::visit([&](const auto& value) { pack(out, value); }, spec);
}

Spec unpack_spec(Unpacker& in, Kind kind) {
  auto spec = empty_spec(kind);
  std::visit([&](auto& value) { unpack(in, value); }, spec);
  return spec;
}

}  // namespace document

nlohmann::json to_json(const Spec& spec, Secrets secrets) {
  return std::visit([&](const auto& value) { return document::json_of(value, secrets); }, spec);
}

Spec spec_from_json(Kind kind, const nlohmann::json& json) {
  auto spec = document::empty_spec(kind);
  std::visit([&](auto& value) { document::value_from_json(json, value); }, spec);
  return spec;
}

// Over the stored form, not over JSON: it takes any bytes (JSON wants UTF-8), and leaves out what
// is at its default, so that a field added by a later townd restarts nothing.
std::string digest(const Spec& spec) {
  document::Packer out;
  out.text(to_string(kind_of(spec)));
  document::pack_spec(out, spec);
  return short_digest(out.out());
}

}  // namespace town

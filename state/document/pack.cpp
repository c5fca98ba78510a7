#include "state/document/pack.h"

namespace town::document {
namespace {

/// Does not compile unless `T` has as many members as it has fields, with those that lie elsewhere:
/// a member that nobody described would be lost when townd stops.
template <Described T>
[[maybe_unused]] void check_members(const T& value) {
  constexpr auto kCount = std::tuple_size_v<decltype(Fields<T>::kAll)> + Fields<T>::kOthers;
  if constexpr (kCount == 1) {
    [[maybe_unused]] const auto& [a] = value;
  } else if constexpr (kCount == 2) {
    [[maybe_unused]] const auto& [a, b] = value;
  } else if constexpr (kCount == 3) {
    [[maybe_unused]] const auto& [a, b, c] = value;
  } else if constexpr (kCount == 4) {
    [[maybe_unused]] const auto& [a, b, c, d] = value;
  } else if constexpr (kCount == 5) {
    [[maybe_unused]] const auto& [a, b, c, d, e] = value;
  } else if constexpr (kCount == 6) {
    [[maybe_unused]] const auto& [a, b, c, d, e, f] = value;
  } else if constexpr (kCount == 7) {
    [[maybe_unused]] const auto& [a, b, c, d, e, f, g] = value;
  } else if constexpr (kCount == 8) {
    [[maybe_unused]] const auto& [a, b, c, d, e, f, g, h] = value;
  } else if constexpr (kCount == 9) {
    [[maybe_unused]] const auto& [a, b, c, d, e, f, g, h, i] = value;
  } else if constexpr (kCount == 10) {
    [[maybe_unused]] const auto& [a, b, c, d, e, f, g, h, i, j] = value;
  } else if constexpr (kCount == 11) {
    [[maybe_unused]] const auto& [a, b, c, d, e, f, g, h, i, j, k] = value;
  } else if constexpr (kCount == 12) {
    [[maybe_unused]] const auto& [a, b, c, d, e, f, g, h, i, j, k, l] = value;
  } else if constexpr (kCount == 13) {
    [[maybe_unused]] const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m] = value;
  } else if constexpr (kCount == 14) {
    [[maybe_unused]] const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n] = value;
  } else if constexpr (kCount == 15) {
    [[maybe_unused]] const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o] = value;
  } else if constexpr (kCount == 16) {
    [[maybe_unused]] const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = value;
  } else if constexpr (kCount == 17) {
    [[maybe_unused]] const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q] = value;
  } else {
    static_assert(kCount == 0, "make this longer");
  }
}

template <Described... T>
void check_all(const T&... values) {
  (check_members(values), ...);
}

[[maybe_unused]] void check_everything() {
  check_all(RepositorySpec{}, MemberSpec{}, PackageSpec{}, SeedSpec{}, VolumeSpec{}, ImageSpec{},
            MountSpec{}, PublishedPort{}, UnitSpec{}, NetworkSpec{}, PortSpec{}, SettingSpec{},
            AnswersSpec{}, DiskSpec{}, PageSpec{}, VmImageSpec{}, Resource{}, Condition{}, Status{},
            Event{}, Author{}, IntentRecord{});
}

}  // namespace

void bad_document(const std::string& what) {
  throw Error(Code::internal, "BadDocument", "a document cannot be read: " + what);
}

Key key_from_text(std::string_view text) {
  auto key = parse_key(text);
  if (!key) bad_document("\"" + std::string(text) + "\" is no key");
  return *std::move(key);
}

ConditionType condition_type_from_text(std::string_view text) {
  for (const auto type : {ConditionType::ready, ConditionType::progressing, ConditionType::degraded,
                          ConditionType::stalled}) {
    if (to_string(type) == text) return type;
  }
  bad_document("\"" + std::string(text) + "\" is no condition");
}

}  // namespace town::document

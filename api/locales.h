// The languages that a person can choose between, the time zones that a package may ask for, and
// what there is a catalogue of sentences for. Constant data; any thread.
#pragma once

#include <span>
#include <string_view>

namespace town::api {

struct Locale {
  std::string_view code;  ///< BCP 47: "de-AT"
  std::string_view native_name;
  std::string_view english_name;
};

/// The 21 that are offered first.
std::span<const Locale> common_locales();
/// 87 more: variants by country, and languages with fewer speakers.
std::span<const Locale> extended_locales();
/// Codes of those that have a catalogue; en-US is always among them.
std::span<const std::string_view> populated_locales();

/// 76 names of the IANA time zone database; "UTC" is the first.
std::span<const std::string_view> timezones();

}  // namespace town::api

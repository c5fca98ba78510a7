// The box's settings: defaults and what each accepts (api contract 10). Pure.
#pragma once

#include <map>
#include <optional>
#include <string>

namespace town {

/// Every setting that has a default, with it.
const std::map<std::string, std::string>& default_settings();

std::optional<std::string> default_setting(const std::string& key);

/// The value as it is stored: byte settings as decimal bytes. Throws InvalidInput for an empty key
/// and for what the setting cannot be.
std::string normalize_setting(const std::string& key, const std::string& value);

}  // namespace town

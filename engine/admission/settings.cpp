#include "engine/admission/settings.h"

#include <array>

#include "engine/package/names.h"
#include "engine/package/size.h"
#include "engine/requests.h"
#include "state/error.h"

namespace town {

const std::map<std::string, std::string>& default_settings() {
  static const std::map<std::string, std::string> kDefaults = {
      {"archive_unpack_timeout", "600"},
      {"default_quota", "53687091200"},
      {"dns_tld", "home"},
      {"locale", "en-US"},
      {"max_archive_size", "1073741824"},
      {"proton_image", "quay.io/town/proton:latest"},
  };
  return kDefaults;
}

std::optional<std::string> default_setting(const std::string& key) {
  const auto found = default_settings().find(key);
  return found == default_settings().end() ? std::nullopt : std::optional(found->second);
}

std::string normalize_setting(const std::string& key, const std::string& value) {
  if (key.empty()) throw InvalidInput("InvalidSetting", {{"key", "a setting needs a name", 0}});
  if (key.size() > 128 || value.size() > 64 * 1024) {
    throw InvalidInput("InvalidSetting", {{key.size() > 128 ? "key" : "value", "is too long", 0}});
  }
  if (key == "default_quota" || key == "max_archive_size") {
    const auto bytes = package::parse_size(value);
    if (!bytes) {
      throw InvalidInput("InvalidSetting",
                         {{"value",
                           "\"" + value +
                               "\" is not a size: give bytes, or a whole number with mb, "
                               "gb or tb, such as 50gb",
                           0}});
    }
    if (*bytes > kLargestQuota) {
      throw InvalidInput("InvalidSetting", {{"value", "is more than any disk holds", 0}});
    }
    return std::to_string(*bytes);
  }
  if (key == "dns_tld" && !package::valid_domain(value)) {
    throw InvalidInput("InvalidSetting", {{"value",
                                           "\"" + value +
                                               "\" is not a domain: give letters, digits and "
                                               "hyphens, such as home",
                                           0}});
  }
  return value;
}

}  // namespace town

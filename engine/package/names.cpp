#include "engine/package/names.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/package/text.h"

namespace town::package {
namespace {

/// NAME_MAX: a volume is a directory of its own.
constexpr std::size_t kLongestName = 255;
/// RFC 1035: a label, and a whole name in its written form.
constexpr std::size_t kLongestLabel = 63;
constexpr std::size_t kLongestDomain = 253;

bool all(std::string_view text, std::string_view also) {
  return std::ranges::all_of(
      text, [&](char c) { return is_alphanumeric(c) || also.find(c) != std::string_view::npos; });
}

bool valid_label(std::string_view label) {
  return !label.empty() && label.size() <= kLongestLabel && all(label, "-") &&
         label.front() != '-' && label.back() != '-';
}

}  // namespace

bool valid_segment(std::string_view text) {
  return valid_volume_name(text) && text.size() <= kLongestSegment;
}

bool valid_repo_name(std::string_view text) { return valid_segment(text); }

bool valid_package_name(std::string_view text) {
  return valid_segment(text) && text != "subpackages" &&
         text.find("--dep--") == std::string_view::npos;
}

bool valid_volume_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName && is_alphanumeric(text.front()) &&
         all(text, "._-");
}

bool valid_question_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName && is_alphanumeric(text.front()) &&
         all(text, "_");
}

bool valid_environment_name(std::string_view text) {
  return !text.empty() && !is_digit(text.front()) && all(text, "_");
}

bool valid_port_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName && is_letter(text.front()) && all(text, "_");
}

bool valid_dependency_key(std::string_view text) {
  return !text.empty() && text.size() <= kLongestLabel && all(text, "_");
}

bool valid_domain(std::string_view text) {
  if (text.empty() || text.size() > kLongestDomain) return false;
  for (std::size_t from = 0; from <= text.size();) {
    const auto dot = std::min(text.find('.', from), text.size());
    if (!valid_label(text.substr(from, dot - from))) return false;
    from = dot + 1;
  }
  return true;
}

std::string dependency_name(std::string_view name, std::string_view key) {
  return fmt::format("{}--dep--{}", name, key);
}

std::string container_name(std::string_view repo, std::string_view name, std::string_view version) {
  return fmt::format("town-os-package--{}-{}-{}", repo, name, version);
}

std::string unit_name(std::string_view repo, std::string_view name, std::string_view version) {
  return container_name(repo, name, version) + ".service";
}

std::string network_name(std::string_view repo, std::string_view name, std::string_view version) {
  return fmt::format("town-os-net--{}-{}-{}", repo, name, version);
}

std::string dns_name(std::string_view repo, std::string_view name, std::string_view tld) {
  return fmt::format("{}.{}.{}", name, repo, tld);
}

std::string storage_path(std::string_view root_name, const std::vector<std::string>& keys) {
  std::string path(root_name);
  for (const auto& key : keys) path += "/subpackages/" + key;
  return path;
}

std::string installed_path(std::string_view repo, std::string_view storage,
                           std::string_view version, std::string_view volume) {
  return fmt::format("installed/{}/{}/{}/{}", repo, storage, version, volume);
}

std::string uninstalled_path(std::string_view repo, std::string_view storage,
                             std::string_view version, std::string_view volume) {
  return fmt::format("uninstalled/{}/{}/{}/{}", repo, storage, version, volume);
}

}  // namespace town::package

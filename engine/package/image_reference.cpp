#include "engine/package/image_reference.h"

#include <algorithm>
#include <array>

#include "engine/package/text.h"

namespace town::package {
namespace {

/// What follows the last slash: the part that may carry a tag or a digest.
std::string_view last_part(std::string_view reference) {
  return reference.substr(reference.rfind('/') + 1);
}

}  // namespace

bool valid_image(std::string_view reference) {
  if (reference.empty()) return false;
  if (!is_alphanumeric(reference.front()) && reference.front() != '@') return false;
  return std::ranges::all_of(reference, [](char c) {
    return is_alphanumeric(c) || std::string_view("._:/@-").find(c) != std::string_view::npos;
  });
}

std::string normalize_image(std::string_view reference) {
  if (reference.empty()) return {};
  std::string image(reference);
  if (last_part(reference).find(':') == std::string_view::npos) image += ":latest";
  const auto slashes = std::ranges::count(reference, '/');
  if (slashes == 0) return "docker.io/library/" + image;
  const auto first = reference.substr(0, reference.find('/'));
  const bool registry = first == "localhost" || first.find_first_of(".:") != std::string_view::npos;
  if (slashes == 1 && !registry) return "docker.io/" + image;
  return image;
}

bool is_floating(std::string_view reference) {
  const auto part = last_part(reference);
  if (reference.starts_with("localhost/") || part.find('@') != std::string_view::npos) return false;
  const auto colon = part.find(':');
  if (colon == std::string_view::npos) return true;
  auto tag = part.substr(colon + 1);
  for (const std::string_view machine : {"-x86_64", "-aarch64"})
    if (tag.ends_with(machine)) tag.remove_suffix(machine.size());
  constexpr std::array<std::string_view, 3> kLatest{"latest", "rc.latest", "release.latest"};
  return std::ranges::find(kLatest, tag) != kLatest.end();
}

}  // namespace town::package

#include "controllers/drivers/podman_pull.h"

#include <fmt/format.h>

#include <cctype>
#include <string_view>

namespace town {
namespace {

bool holds_any(const std::string& text, std::initializer_list<std::string_view> parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](auto part) { return text.find(part) != std::string::npos; });
}

/// The end of podman's last line: the cause, in the words of the registry or of Go's net package.
/// What stands before it holds the image's name, which may be any word.
std::string cause_in(const std::string& words) {
  std::string line = last_line(words);
  std::transform(line.begin(), line.end(), line.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  auto colon = line.rfind(": ");
  if (colon != std::string::npos && colon > 0) colon = line.rfind(": ", colon - 1);
  return colon == std::string::npos ? line : line.substr(colon + 2);
}

}  // namespace

std::string last_line(const std::string& text) {
  std::string_view rest(text);
  while (!rest.empty() && (rest.back() == '\n' || rest.back() == ' ')) rest.remove_suffix(1);
  rest.remove_prefix(rest.rfind('\n') == std::string_view::npos ? 0 : rest.rfind('\n') + 1);
  if (rest.starts_with("Error: ")) rest.remove_prefix(7);
  return std::string(rest.substr(0, 500));
}

Error pull_failure(const std::string& reference, const std::string& words) {
  const std::string cause = cause_in(words);
  if (holds_any(cause, {"no space left", "disk quota exceeded"})) {
    return {
        Code::unavailable, "DiskFull",
        fmt::format("There is no room for image {}. Remove what is no longer needed.", reference)};
  }
  if (holds_any(cause,
                {"no such host", "timeout", "timed out", "deadline exceeded", "refused",
                 "unreachable", "no route to host", "connection reset", "eof", "server misbehaving",
                 "toomanyrequests", "service unavailable", "bad gateway"})) {
    return {Code::remote, "RegistryUnreachable",
            fmt::format("The registry of image {} cannot be reached ({}). It is tried again; check "
                        "the internet connection if this goes on.",
                        reference, cause)};
  }
  if (holds_any(cause, {"manifest unknown", "name unknown", "repository name not known",
                        "not found", "no such image"})) {
    return {Code::remote, "ImageNotFound",
            fmt::format("The registry has no image {}. Check its name and tag.", reference)};
  }
  if (holds_any(cause, {"unauthorized", "denied", "authentication required", "forbidden"})) {
    return {Code::remote, "RegistryDenied",
            fmt::format("The registry does not give out image {}: it does not exist, or wants a "
                        "login. Check its name, or log in with 'podman login'.",
                        reference)};
  }
  return {Code::remote, "PullFailed",
          fmt::format("Image {} could not be pulled: {}.", reference, last_line(words))};
}

}  // namespace town

#include "engine/package/url.h"

#include <algorithm>

#include "engine/package/size.h"
#include "engine/package/text.h"

namespace town::package {
namespace {

bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

bool escapes_are_whole(std::string_view text) {
  for (auto at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1))
    if (at + 2 >= text.size() || !is_hex(text[at + 1]) || !is_hex(text[at + 2])) return false;
  return true;
}

bool valid_scheme(std::string_view scheme) {
  return !scheme.empty() && is_letter(scheme.front()) && std::ranges::all_of(scheme, [](char c) {
    return is_alphanumeric(c) || c == '+' || c == '-' || c == '.';
  });
}

bool valid_host(std::string_view host) {
  if (host.starts_with('['))
    return host.ends_with(']') && host.size() > 2 &&
           std::ranges::all_of(host.substr(1, host.size() - 2),
                               [](char c) { return is_hex(c) || c == ':' || c == '.'; });
  // Bytes above 0x7F: international names are legal text and the resolver's affair.
  return std::ranges::all_of(host, [](char c) {
    return is_alphanumeric(c) ||
           std::string_view("-._~%!$&'()*+,;=").find(c) != std::string_view::npos ||
           static_cast<unsigned char>(c) >= 0x80;
  });
}

/// Splits "user@host:port"; false if that is not what it is.
bool split_authority(std::string_view authority, Url& url) {
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    url.user = authority.substr(0, at);
    authority.remove_prefix(at + 1);
  }
  const auto bracket = authority.rfind(']');
  const auto colon = authority.rfind(':');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    url.port = authority.substr(colon + 1);
    authority = authority.substr(0, colon);
    if (!url.port.empty() && !parse_port(url.port)) return false;
  }
  url.host = authority;
  return valid_host(url.host);
}

}  // namespace

std::optional<Url> parse_url(std::string_view text) {
  const bool blank =
      std::ranges::any_of(text, [](char c) { return c == ' ' || c == '\t' || is_control(c); });
  const auto colon = text.find(':');
  if (blank || colon == std::string_view::npos || !escapes_are_whole(text)) return {};
  Url url;
  if (!valid_scheme(text.substr(0, colon))) return {};
  url.scheme = to_lower(text.substr(0, colon));
  url.rest = text.substr(colon + 1);
  if (url.rest.starts_with("//")) {
    url.has_authority = true;
    const auto authority = url.rest.substr(2, url.rest.find_first_of("/?#", 2) - 2);
    if (!split_authority(authority, url)) return {};
    url.rest.remove_prefix(2 + authority.size());
  }
  if (!url.has_authority && url.rest.empty()) return {};
  return url;
}

}  // namespace town::package

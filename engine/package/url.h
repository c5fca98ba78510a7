// The parts of a URL, as far as packages use them. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace town::package {

struct Url {
  std::string scheme;          ///< in lower case
  bool has_authority = false;  ///< there is a "//"
  std::string_view user;       ///< before the "@", password included
  std::string_view host;       ///< IPv6 addresses with their brackets
  std::string_view port;       ///< digits, or empty
  std::string_view rest;       ///< path, query and fragment
};

/// Nothing for what is no URL: no scheme, blanks or control characters, a broken %-escape, a port
/// that is none, characters that a host cannot have. Borrows from `text`.
std::optional<Url> parse_url(std::string_view text);

}  // namespace town::package

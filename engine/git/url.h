// The address of a repository, taken apart. Pure functions; any thread.
#pragma once

#include <string>

#include "state/secret.h"

namespace town {

struct RepositoryUrl {
  std::string url_without_credentials;  ///< what is kept, shown and logged
  std::string username;                 ///< percent-decoded; empty where the URL has none
  Secret password;
  std::string scheme;  ///< "http", "https", "ssh", "git" or "file"
  std::string host;    ///< without the port; empty for file://
};

/// Takes `scheme://user:password@host/path` apart. Throws InvalidInput (reason InvalidUrl, field
/// "url") that never repeats a password: for another scheme, no host (but file:// needs none), no
/// path, blanks, control or quoting characters, more than 2048 characters, or a host or path that
/// begins with '-' (a program could take it for an option).
RepositoryUrl parse_repository_url(const std::string& text);

/// The last segment of the URL's path without ".git" (package format 1.3); empty where there is
/// none.
std::string repository_name_from_url(const std::string& url);

}  // namespace town

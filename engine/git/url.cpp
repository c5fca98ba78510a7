#include "engine/git/url.h"

#include <array>
#include <charconv>
#include <optional>
#include <string_view>

#include "state/error.h"

namespace town {

namespace {

constexpr std::size_t kLongestUrl = 2048;  // no server takes longer ones reliably
constexpr std::array<std::string_view, 5> kSchemes = {"http", "https", "ssh", "git", "file"};

[[noreturn]] void refuse(const std::string& message) {
  throw InvalidInput("InvalidUrl", {{"url", message, 0}});
}

// Quotes are refused because libgit2 puts an ssh path between single quotes into a command line.
void check_characters(const std::string& text) {
  if (text.size() > kLongestUrl) refuse("the URL is longer than 2048 characters");
  for (const char c : text) {
    if (c <= ' ' || c == 0x7f || std::string_view("'\"`\\<>").find(c) != std::string_view::npos) {
      refuse("the URL holds a blank, a quote, a backslash or a control character");
    }
  }
}

std::string decode(std::string_view text) {
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      decoded += text[at];
      continue;
    }
    unsigned value = 0;
    const char* from = text.data() + at + 1;
    if (at + 2 >= text.size() || std::from_chars(from, from + 2, value, 16).ptr != from + 2) {
      refuse("the user name or password in the URL has a '%' without two hex digits");
    }
    if (value < ' ' || value == 0x7f) {
      refuse("the user name or password in the URL holds a control character");
    }
    decoded += static_cast<char>(value);
    at += 2;
  }
  return decoded;
}

std::string scheme_of(const std::string& text) {
  const auto end = text.find("://");
  if (end == std::string::npos) {
    refuse("the URL must begin with http://, https://, ssh://, git:// or file://");
  }
  std::string scheme = text.substr(0, end);
  for (char& c : scheme) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  for (const auto known : kSchemes) {
    if (scheme == known) return scheme;
  }
  refuse("only http, https, ssh, git and file URLs are possible");
}

// A port that is no number is most often a password with a '/' in it, which must not go on as a
// URL.
void check_port(std::string_view port) {
  if (port.empty()) return;
  std::uint16_t number = 0;
  const char* end = port.data() + port.size();
  if (port.front() != ':' || std::from_chars(port.data() + 1, end, number).ptr != end ||
      number == 0) {
    refuse(
        "the port in the URL is not a number from 1 to 65535; a '/', '@' or ':' in a user name "
        "or password must be written %2F, %40 or %3A");
  }
}

// "[::1]:80" -> "::1", "host:80" -> "host"
std::string host_of(std::string_view authority) {
  std::size_t from = 0;
  std::size_t end = authority.find(':');
  std::size_t port = end;
  if (!authority.empty() && authority.front() == '[') {
    from = 1;
    end = authority.find(']');
    if (end == std::string_view::npos) refuse("the URL has a '[' without ']' in its host");
    port = end + 1;
  }
  if (end == std::string_view::npos) return std::string(authority);
  check_port(authority.substr(port));
  return std::string(authority.substr(from, end - from));
}

void check_host_and_path(const std::string& scheme, const std::string& host,
                         std::string_view path) {
  const auto first = path.find_first_not_of('/');
  if (first == std::string_view::npos) refuse("the URL has no path after its host");
  if (scheme != "file" && host.empty()) refuse("the URL has no host");
  if (scheme == "file" && !host.empty() && host != "localhost") {
    refuse("a file:// URL has no host: write file:///path");
  }
  if ((!host.empty() && host.front() == '-') || path[first] == '-') {
    refuse("the host or path of the URL begins with '-'");
  }
}

}  // namespace

RepositoryUrl parse_repository_url(const std::string& text) {
  check_characters(text);
  RepositoryUrl url;
  url.scheme = scheme_of(text);
  const std::string_view rest = std::string_view(text).substr(url.scheme.size() + 3);
  const auto slash = rest.find('/');
  if (slash == std::string_view::npos) refuse("the URL has no path after its host");
  std::string_view authority = rest.substr(0, slash);
  const std::string_view path = rest.substr(slash);
  // The last '@': a password with a bare '@' in it is common, and must not end up in the host.
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    const std::string_view credentials = authority.substr(0, at);
    const auto colon = credentials.find(':');
    url.username = decode(credentials.substr(0, colon));
    if (colon != std::string_view::npos) {
      url.password = Secret(decode(credentials.substr(colon + 1)));
    }
    authority = authority.substr(at + 1);
  }
  url.host = host_of(authority);
  check_host_and_path(url.scheme, url.host, path);
  url.url_without_credentials.append(url.scheme).append("://").append(authority).append(path);
  return url;
}

std::string repository_name_from_url(const std::string& url) {
  std::string_view path = url;
  if (const auto scheme = path.find("://"); scheme != std::string_view::npos) {
    path.remove_prefix(scheme + 3);
    const auto slash = path.find('/');
    if (slash == std::string_view::npos) return {};
    path.remove_prefix(slash);
  }
  path = path.substr(0, path.find_first_of("?#"));
  while (!path.empty() && path.back() == '/') path.remove_suffix(1);
  path.remove_prefix(path.find_last_of('/') + 1);
  if (path.ends_with(".git")) path.remove_suffix(4);
  return std::string(path);
}

}  // namespace town

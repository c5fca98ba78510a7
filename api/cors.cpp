#include "api/cors.h"

#include <algorithm>
#include <cctype>

namespace town::api {
namespace {

/// The host of "host", "host:port" or "[v6]:port", in lower case.
std::string host_of(std::string authority) {
  std::transform(authority.begin(), authority.end(), authority.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (authority.starts_with('[')) return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.find(':'));
}

}  // namespace

bool origin_allowed(const std::string& origin, const std::string& host,
                    const AllowedHosts& allowed) {
  const auto scheme = origin.find("://");
  if (scheme == std::string::npos) return false;
  const auto from = host_of(origin.substr(scheme + 3));
  if (from.empty()) return false;
  return from == host_of(host) || allowed.contains(from);
}

HttpResponse preflight(const HttpRequest& request, const AllowedHosts& allowed) {
  HttpResponse response;
  response.status = 204;
  const bool wants_private = request.header("access-control-request-private-network") == "true";
  if (wants_private && origin_allowed(request.header("origin"), request.header("host"), allowed)) {
    response.headers.emplace_back("Access-Control-Allow-Private-Network", "true");
  }
  return response;
}

void add_cors(const HttpRequest& request, const AllowedHosts& allowed, HttpResponse& response) {
  response.headers.emplace_back("Vary", "Origin");
  const auto origin = request.header("origin");
  if (!origin_allowed(origin, request.header("host"), allowed)) return;
  auto& headers = response.headers;
  headers.emplace_back("Access-Control-Allow-Origin", origin);
  headers.emplace_back("Access-Control-Allow-Methods",
                       "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
  headers.emplace_back("Access-Control-Allow-Headers", "Content-Type, Authorization, Accept");
  headers.emplace_back("Access-Control-Expose-Headers", "Content-Type");
  headers.emplace_back("Access-Control-Allow-Credentials", "true");
  headers.emplace_back("Access-Control-Max-Age", "3600");
}

}  // namespace town::api

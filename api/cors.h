// Cross-origin rules: the dashboard may live on another port of the same host. Pure; any thread.
#pragma once

#include <set>
#include <string>

#include "api/http.h"

namespace town::api {

/// Host names that may call us besides the one that the request itself is addressed to.
using AllowedHosts = std::set<std::string>;

/// Whether a page from this Origin may read our answers: its host is the request's own, or listed.
bool origin_allowed(const std::string& origin, const std::string& host,
                    const AllowedHosts& allowed);

/// The answer to a preflight: 204, with the headers of `add_cors` where the origin is allowed.
HttpResponse preflight(const HttpRequest& request, const AllowedHosts& allowed);

/// Adds the headers that let the page read `response`; nothing but `Vary` for other origins.
void add_cors(const HttpRequest& request, const AllowedHosts& allowed, HttpResponse& response);

}  // namespace town::api

// The dashboard's files, for GETs that no route answers. Any thread.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "api/http.h"

namespace town::api {

using FileHandler = std::function<std::optional<HttpResponse>(const HttpRequest&)>;

/// Serves what lies below `directory`, never outside of it, links included. A page that does not
/// exist is the dashboard's start page where a browser asks for one: its router knows more.
FileHandler files_below(const std::filesystem::path& directory);

/// Without a dashboard: one page at "/" that says what this is.
FileHandler plain_page();

/// "text/html; charset=utf-8" and so on, by the name's ending.
std::string content_type_of(const std::filesystem::path& path);

}  // namespace town::api

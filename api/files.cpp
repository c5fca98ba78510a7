#include "api/files.h"

#include <fstream>
#include <map>

namespace town::api {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kLargest = 32U << 20U;  ///< bytes; a dashboard's file is far below

constexpr const char* kPage = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Town OS</title></head>
<body style="font-family: sans-serif; max-width: 40em; margin: 4em auto">
<h1>Town OS</h1>
<p>This box is running. Its API is at this address; <a href="/status/ping">/status/ping</a> answers
without a login. Manage it with <code>townctl</code>.</p>
</body></html>
)";

void harden(HttpResponse& response) {
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  response.headers.emplace_back("X-Frame-Options", "DENY");
  response.headers.emplace_back(
      "Content-Security-Policy",
      "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
      "connect-src 'self'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'");
}

/// The file that a request path means, if it is a plain file below `root` once all links are
/// followed.
std::optional<fs::path> find_below(const fs::path& root, const std::string& path) {
  if (path.find('\0') != std::string::npos) return std::nullopt;
  std::error_code error;
  const auto real = fs::canonical(root / fs::path(path).relative_path(), error);
  if (error || !fs::is_regular_file(real, error) || fs::file_size(real, error) > kLargest) {
    return std::nullopt;
  }
  const auto within = real.lexically_relative(root);
  if (within.empty() || *within.begin() == "..") return std::nullopt;
  return real;
}

std::optional<HttpResponse> file_answer(const fs::path& path, bool immutable) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  HttpResponse response;
  response.content_type = content_type_of(path);
  response.body.assign(std::istreambuf_iterator<char>(file), {});
  response.headers.emplace_back("Cache-Control",
                                immutable ? "public, max-age=31536000, immutable" : "no-cache");
  harden(response);
  return response;
}

bool wants_page(const HttpRequest& request) {
  return request.header("accept").find("text/html") != std::string::npos;
}

}  // namespace

std::string content_type_of(const fs::path& path) {
  static const std::map<std::string, std::string> kTypes = {
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".json", "application/json"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".ico", "image/x-icon"},
      {".woff2", "font/woff2"},
      {".txt", "text/plain; charset=utf-8"},
      {".webmanifest", "application/manifest+json"},
  };
  const auto found = kTypes.find(path.extension().string());
  return found == kTypes.end() ? "application/octet-stream" : found->second;
}

FileHandler files_below(const fs::path& directory) {
  return
      [root = fs::canonical(directory)](const HttpRequest& request) -> std::optional<HttpResponse> {
        const auto wanted = request.path == "/" ? std::string("/index.html") : request.path;
        if (const auto file = find_below(root, wanted)) {
          // The bundler puts a digest of the content into these names.
          return file_answer(*file, wanted.starts_with("/assets/"));
        }
        if (!wants_page(request)) return std::nullopt;
        const auto start = find_below(root, "/index.html");
        return start ? file_answer(*start, false) : std::nullopt;
      };
}

FileHandler plain_page() {
  return [](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (request.path != "/") return std::nullopt;
    HttpResponse response;
    response.content_type = "text/html; charset=utf-8";
    response.body = kPage;
    harden(response);
    return response;
  };
}

}  // namespace town::api

#include "api/problem.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <nlohmann/json.hpp>

namespace town::api {
namespace {

constexpr std::string_view kAnswers = "InvalidAnswers";
constexpr std::string_view kAnswerPrefix = "responses.";

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

bool starts_with_word(std::string_view text, std::string_view word) {
  return text.size() >= word.size() && std::equal(word.begin(), word.end(), text.begin(),
                                                  [](char a, char b) { return a == lower(b); });
}

/// Where the value begins that follows a credential's name at the start of `text`; 0: no such.
std::size_t credential_value(std::string_view text) {
  constexpr std::array<std::string_view, 4> kWords = {"password", "credential", "secret", "token"};
  for (const auto word : kWords) {
    if (!starts_with_word(text, word)) continue;
    std::size_t at = word.size();
    while (at < text.size() && (text[at] == '"' || text[at] == '\'' || text[at] == ' ')) ++at;
    if (at >= text.size() || (text[at] != ':' && text[at] != '=')) return 0;
    ++at;
    while (at < text.size() && text[at] == ' ') ++at;
    return at < text.size() ? at : 0;
  }
  return 0;
}

std::size_t value_end(std::string_view text, std::size_t at) {
  const char quote = text[at];
  if (quote == '"' || quote == '\'') {
    const auto end = text.find(quote, at + 1);
    return end == std::string_view::npos ? text.size() : end + 1;
  }
  const auto end = text.find_first_of(" \t\r\n,;&", at);
  return end == std::string_view::npos ? text.size() : end;
}

nlohmann::json body_of_problem(int status, const std::string& detail) {
  return {{"type", "about:blank#" + std::to_string(status)},
          {"title", reason_phrase(status)},
          {"status", status},
          {"detail", detail.empty() ? std::string(reason_phrase(status)) : detail}};
}

HttpResponse as_response(int status, const nlohmann::json& body) {
  HttpResponse response;
  response.status = status;
  response.content_type = "application/problem+json";
  if (status == 503) response.headers.emplace_back("Retry-After", "1");
  response.body = dump(body);
  return response;
}

/// Field names stay readable; only what was said about them is redacted.
std::string all_faults(const Diagnostics& faults) {
  std::string text;
  for (const auto& fault : faults) {
    if (!text.empty()) text += "; ";
    if (!fault.field.empty()) text += fault.field + ": ";
    text += redact(fault.message);
  }
  return text;
}

/// Ours (RFC 9457 leaves room): `detail` holds the same in one text.
nlohmann::json faults_json(const Diagnostics& faults) {
  auto list = nlohmann::json::array();
  for (const auto& fault : faults) {
    list.push_back({{"field", fault.field}, {"message", redact(fault.message)}});
  }
  return list;
}

nlohmann::json validation_errors(const Diagnostics& faults) {
  auto list = nlohmann::json::array();
  for (const auto& fault : faults) {
    const bool answer = fault.field.starts_with(kAnswerPrefix);
    const auto name = answer ? fault.field.substr(kAnswerPrefix.size()) : fault.field;
    list.push_back({{"name", name}, {"error", redact(fault.message)}});
  }
  return list;
}

}  // namespace

std::string_view reason_phrase(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Payload Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 422:
      return "Unprocessable Entity";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    default:
      return "Error";
  }
}

int status_of(const Error& error) {
  if (const auto* refusal = dynamic_cast<const Refusal*>(&error)) return refusal->status();
  switch (error.code()) {
    case Code::invalid:
      return error.reason() == kAnswers ? 422 : 400;
    case Code::denied:
      return 403;
    case Code::not_found:
      return 404;
    case Code::conflict:
      return 409;
    case Code::remote:
      return 502;
    case Code::unavailable:
      return 503;
    case Code::internal:
      return 500;
  }
  return 500;
}

HttpResponse problem(int status, const std::string& detail) {
  return as_response(status, body_of_problem(status, redact(detail)));
}

HttpResponse problem(const Error& error) {
  const int status = status_of(error);
  const auto* input = dynamic_cast<const InvalidInput*>(&error);
  if (input == nullptr) return problem(status, error.what());
  auto body = body_of_problem(status, all_faults(input->faults()));
  if (status == 422) body["validation_errors"] = validation_errors(input->faults());
  if (status != 422) body["faults"] = faults_json(input->faults());
  return as_response(status, body);
}

nlohmann::json warnings_json(const Diagnostics& warnings) {
  auto list = nlohmann::json::array();
  for (const auto& warning : warnings) {
    list.push_back({{"field", warning.field}, {"message", warning.message}});
  }
  return list;
}

std::string redact(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto value = credential_value(text.substr(at));
    if (value == 0) {
      clean += text[at++];
      continue;
    }
    clean.append(text.substr(at, value)).append("[REDACTED]");
    at = value_end(text, at + value);
  }
  return clean;
}

}  // namespace town::api

#include "api/dispatcher.h"

#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

#include "api/problem.h"

namespace town::api {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kBearer = "Bearer ";

std::optional<std::string> token_of(const HttpRequest& request) {
  const auto header = request.header("authorization");
  if (!header.starts_with(kBearer) || header.size() == kBearer.size()) return std::nullopt;
  return header.substr(kBearer.size());
}

/// One of the places for answers that hold their thread; given back when the last copy goes.
std::shared_ptr<void> take_place(const std::shared_ptr<std::atomic<int>>& taken, int limit,
                                 const char* refusal) {
  if (taken->fetch_add(1) >= limit) {
    taken->fetch_sub(1);
    throw Error(Code::unavailable, "TooManyAtOnce", refusal);
  }
  return {taken.get(), [taken](void*) { taken->fetch_sub(1); }};
}

std::string detail_of(const HttpResponse& response) {
  if (response.status == 200 || response.body.empty()) return {};
  const auto body = Json::parse(response.body, nullptr, false);
  return body.is_object() ? body.value("detail", "") : std::string();
}

}  // namespace

/// One request on its way.
struct Dispatcher::Exchange {
  const HttpRequest& request;
  const Route& route;
  std::string rest;
  std::optional<Caller> caller;
  bool has_token = false;
  Json body = Json::object();
  Note note;
};

Dispatcher::Dispatcher(Books books, std::vector<Route> routes, Options options)
    : books_(books), routes_(std::move(routes)), options_(std::move(options)) {}

HttpResponse Dispatcher::handle(const HttpRequest& request) {
  if (request.method == "OPTIONS") {
    auto response = preflight(request, options_.allowed_hosts);
    add_cors(request, options_.allowed_hosts, response);
    return response;
  }
  auto response = answer(request);
  add_cors(request, options_.allowed_hosts, response);
  return response;
}

HttpResponse Dispatcher::answer(const HttpRequest& request) {
  std::string rest;
  // A HEAD is a GET whose body the server leaves out.
  const auto method = request.method == "HEAD" ? "GET" : request.method;
  const auto* route = find(method, request.path, rest);
  if (route == nullptr) return unknown(request);
  Exchange exchange{request, *route, rest, {}, false, Json::object(), {}};
  HttpResponse response;
  try {
    response = run(exchange);
  } catch (const Error& error) {
    if (error.code() == Code::internal) {
      spdlog::error("request failed path={} reason={} message={}", request.path, error.reason(),
                    redact(error.what()));
    }
    response = problem(error);
  } catch (const std::exception& error) {
    spdlog::error("request failed path={} message={}", request.path, redact(error.what()));
    response = problem(500, "something went wrong inside the box; its log says more");
  }
  if (*route->action != '\0') record(exchange, response);
  return response;
}

HttpResponse Dispatcher::run(Exchange& exchange) {
  identify(exchange);
  admit(exchange);
  read_body(exchange);
  std::shared_ptr<void> place;
  if (exchange.route.lasting) {
    const bool reads = std::string_view(exchange.route.method) == "GET";
    place = take_place(reads ? streams_ : waits_, options_.lasting_limit,
                       reads ? "too many streams are open; close one and try again"
                             : "too many requests are at work; try again in a moment");
  }
  const bool audited = *exchange.route.action != '\0';
  if (audited) exchange.note.row = row_of(exchange);
  auto response = exchange.route.handle({exchange.request, exchange.body, exchange.caller,
                                         exchange.rest, audited ? &exchange.note : nullptr});
  if (response.stream && place) {
    response.stream = [place, write = std::move(response.stream)](StreamSink& sink) {
      write(sink);
    };
  }
  return response;
}

void Dispatcher::identify(Exchange& exchange) {
  const auto token = token_of(exchange.request);
  exchange.has_token = token.has_value();
  if (!token) return;
  const auto session = books_.sessions.use(*token);
  if (!session) return;
  const auto account = books_.accounts.find(session->username);
  if (!account || account->disabled) return;
  exchange.caller = Caller{account->username, session->id, account->admin};
}

void Dispatcher::admit(Exchange& exchange) {
  const auto gate = exchange.route.gate;
  if (gate == Gate::open) return;
  if (gate == Gate::bootstrap && !books_.accounts.has_admin()) return;
  if (!exchange.has_token) throw Refusal(401, "NoToken", "missing authorization token");
  if (!exchange.caller) throw Refusal(401, "InvalidSession", "invalid session");
  if (gate != Gate::account && !exchange.caller->admin) {
    throw Refusal(403, "AdminRequired", "admin access required");
  }
}

void Dispatcher::read_body(Exchange& exchange) const {
  const bool reads = exchange.request.method == "POST" && exchange.route.body == Body::json;
  if (!reads) return;
  std::string text;
  bool too_large = false;
  // What is too much is read all the same, and dropped: the connection stays in step.
  const auto take = [&](std::string_view piece) {
    too_large = too_large || text.size() + piece.size() > options_.body_limit;
    if (!too_large) text += piece;
    return true;
  };
  if (exchange.request.body && !exchange.request.body(take)) {
    throw Error(Code::invalid, "MalformedRequest", "the request ended too early");
  }
  if (too_large) throw Refusal(413, "TooLarge", "the request is too large");
  exchange.body = parse_json(text);
  if (!exchange.body.is_object()) {
    exchange.body = Json::object();
    throw Error(Code::invalid, "MalformedJson", "the body must be a JSON object");
  }
}

AuditRow Dispatcher::row_of(const Exchange& exchange) {
  const bool login = std::string_view(exchange.route.path) == "/account/authenticate";
  AuditRow row;
  if (exchange.caller && !login) row.account = exchange.caller->username;
  row.action = exchange.route.action;
  row.path = exchange.request.path;
  row.detail = exchange.body.empty() ? "" : audit_detail(exchange.body);
  row.success = true;
  return row;
}

void Dispatcher::record(const Exchange& exchange, const HttpResponse& response) {
  const auto& written = exchange.note.written;
  if (!written.empty() && response.status == 200) return;
  auto row = row_of(exchange);
  row.success = response.status == 200;
  row.error = detail_of(response);
  try {
    if (written.empty()) {
      books_.audit.append(row);
    } else {
      books_.audit.amend(written, row);
    }
  } catch (const Error& error) {
    // The answer stands: what was asked is done, and only its record is missing.
    spdlog::error("audit row not written path={} message={}", row.path, error.what());
  }
}

HttpResponse Dispatcher::unknown(const HttpRequest& request) const {
  std::string allowed;
  for (const char* method : {"GET", "POST"}) {
    std::string rest;
    if (find(method, request.path, rest) == nullptr) continue;
    if (!allowed.empty()) allowed += ", ";
    allowed += method;
  }
  if (!allowed.empty()) {
    auto response = problem(405, "this path does not take the method " + request.method);
    response.headers.emplace_back("Allow", allowed + ", OPTIONS");
    return response;
  }
  const bool reading = request.method == "GET" || request.method == "HEAD";
  if (reading && options_.files) {
    if (auto file = options_.files(request)) return *std::move(file);
  }
  return problem(404, "there is nothing at this path");
}

const Route* Dispatcher::find(const std::string& method, const std::string& path,
                              std::string& rest) const {
  for (const auto& route : routes_) {
    if (method != route.method) continue;
    const std::string_view pattern(route.path);
    if (!pattern.ends_with("/*")) {
      if (pattern == path) return &route;
      continue;
    }
    const auto stem = pattern.substr(0, pattern.size() - 1);
    if (!path.starts_with(stem) || path.size() == stem.size()) continue;
    rest = path.substr(stem.size());
    return &route;
  }
  return nullptr;
}

}  // namespace town::api

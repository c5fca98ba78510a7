// From a request to its answer: finds the route, applies its gate before anything is read, reads
// the body, runs the handler, and turns every failure into a problem. Owned by townd's main; any
// thread may call it, one per request.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "api/accounts.h"
#include "api/audit.h"
#include "api/cors.h"
#include "api/http.h"
#include "api/sessions.h"

namespace town::api {

/// Who may call a route. There is no default: every route names its own.
enum class Gate {
  open,       ///< anybody
  bootstrap,  ///< anybody while there is no enabled admin, then admins
  account,    ///< any valid session
  admin,      ///< a session of an admin
};

/// How a route reads its body.
enum class Body {
  json,     ///< a JSON object; anything else is a 400
  ignored,  ///< none is needed and what comes is not looked at
  raw,      ///< the handler reads it from the request
};

struct Caller {
  std::string username;
  std::string session_id;
  bool admin = false;
};

/// The audit row of a request under way.
struct Note {
  AuditRow row;         ///< as it stands if all goes well
  std::string written;  ///< its key, once it went to disk with an intent; else empty
};

/// What a handler gets.
struct Call {
  const HttpRequest& http;
  const nlohmann::json& body;           ///< an object; empty where the route reads none
  const std::optional<Caller>& caller;  ///< always there behind `account` and `admin`
  std::string rest;                     ///< what stood in place of the path's "*"
  Note* note = nullptr;                 ///< null where the route is not audited

  /// Whether the caller may see secrets.
  [[nodiscard]] bool admin() const { return caller && caller->admin; }
};

struct Route {
  const char* method;  ///< "GET" or "POST"
  const char* path;    ///< "/account/me"; "/resources/*" stands for all below
  Gate gate;
  const char* action;  ///< audit text (api rules, endpoint index); "" is not audited
  std::function<HttpResponse(const Call&)> handle;
  Body body = Body::json;  ///< of a POST
  bool lasting = false;    ///< may hold its thread for long: streams and awaiting requests
};

class Dispatcher {
 public:
  struct Options {
    AllowedHosts allowed_hosts;
    std::size_t body_limit = 1U << 20U;  ///< bytes of a JSON body
    /// Answers that hold their thread for long, at a time: so many streams, and so many requests
    /// that wait for the loops. Open dashboards must not keep anybody from an install.
    int lasting_limit = 32;
    /// Answers GETs that no route has: the dashboard's files. May be empty.
    std::function<std::optional<HttpResponse>(const HttpRequest&)> files;
  };

  struct Books {
    Accounts& accounts;
    Sessions& sessions;
    Audit& audit;
  };

  Dispatcher(Books books, std::vector<Route> routes, Options options);

  /// Never throws: whatever goes wrong is in the answer.
  HttpResponse handle(const HttpRequest& request);

  [[nodiscard]] const std::vector<Route>& routes() const { return routes_; }

 private:
  struct Exchange;

  HttpResponse answer(const HttpRequest& request);
  HttpResponse run(Exchange& exchange);
  HttpResponse unknown(const HttpRequest& request) const;
  void admit(Exchange& exchange);
  void identify(Exchange& exchange);
  void read_body(Exchange& exchange) const;
  [[nodiscard]] static AuditRow row_of(const Exchange& exchange);
  void record(const Exchange& exchange, const HttpResponse& response);
  const Route* find(const std::string& method, const std::string& path, std::string& rest) const;

  Books books_;
  std::vector<Route> routes_;
  Options options_;
  /// Shared with the streams that outlive the call that opened them.
  std::shared_ptr<std::atomic<int>> streams_ = std::make_shared<std::atomic<int>>(0);
  std::shared_ptr<std::atomic<int>> waits_ = std::make_shared<std::atomic<int>>(0);
};

}  // namespace town::api

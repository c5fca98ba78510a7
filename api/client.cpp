#include "api/client.h"

#include <httplib.h>

#include <nlohmann/json.hpp>

#include "api/http.h"

namespace town::api {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLongestEvent = 1U << 20U;

std::string without_slash(std::string server) {
  while (server.ends_with('/')) server.pop_back();
  return server;
}

void must_be_http(const std::string& server) {
  if (server.starts_with("http://") || server.starts_with("https://")) return;
  throw Error(Code::invalid, "BadServer",
              "\"" + server + "\" is no address of a box; give one like http://192.168.1.2:5309");
}

/// Not the page itself, which may be long and is no news.
std::string foreign(const std::string& server, int status) {
  return "what answers at " + server + " is not a Town OS box (status " + std::to_string(status) +
         ", and no JSON): is this its address (--server)?";
}

/// Every answer of a box that is not a yes has a `detail`.
[[noreturn]] void refuse(const std::string& server, int status, const std::string& body) {
  const auto json = Json::parse(body, nullptr, false);
  if (!json.is_object() || !json.contains("detail") || !json["detail"].is_string()) {
    throw Unreachable(foreign(server, status));
  }
  Diagnostics faults;
  for (const auto& fault : json.value("faults", Json::array())) {
    if (!fault.is_object()) continue;
    faults.push_back({fault.value("field", ""), fault.value("message", ""), 0});
  }
  throw Refused(status, json["detail"].get<std::string>(), std::move(faults));
}

/// What happened, and what to do next. The library's own words are "Connection", "Read" and such.
std::string sentence_of(const std::string& server, httplib::Error error) {
  switch (error) {
    case httplib::Error::Connection:
    case httplib::Error::ConnectionTimeout:
    case httplib::Error::BindIPAddress:
      return "cannot reach the box at " + server +
             ": nothing answers there. Is it on, and is this its address (--server)? On the box, "
             "`systemctl status townd` tells whether townd runs";
    case httplib::Error::SSLConnection:
    case httplib::Error::SSLLoadingCerts:
    case httplib::Error::SSLServerVerification:
      return "cannot reach the box at " + server +
             ": no secure connection to it could be made. A box speaks plain http, so give its "
             "address with http://";
    default:
      return "the box at " + server +
             " broke off before its answer was whole. On the box, `journalctl -u townd` tells why; "
             "what was asked may have been done all the same";
  }
}

Json json_of(const std::string& server, const std::string& body) {
  if (body.empty()) return nullptr;
  auto json = Json::parse(body, nullptr, false);
  if (json.is_discarded()) throw Unreachable(foreign(server, 200));
  return json;
}

}  // namespace

struct Client::Impl {
  explicit Impl(const Options& options)
      : server(without_slash(options.server)), client(server), token(options.token) {
    client.set_connection_timeout(options.connect_timeout);
    client.set_read_timeout(options.read_timeout);
    client.set_tcp_nodelay(true);
  }

  httplib::Request request(const std::string& method, const std::string& path, const Json& body) {
    httplib::Request request;
    request.method = method;
    request.path = path;
    request.set_header("User-Agent", "townctl/" TOWN_VERSION);
    if (!token.empty()) request.set_header("Authorization", "Bearer " + token.reveal());
    if (method == "POST") {
      request.set_header("Content-Type", "application/json");
      request.body = dump(body);
    }
    return request;
  }

  [[noreturn]] void fail(httplib::Error error) const {
    throw Unreachable(sentence_of(server, error));
  }

  Json ask(const std::string& method, const std::string& path, const Json& body) {
    const auto result = client.send(request(method, path, body));
    if (!result) fail(result.error());
    if (result->status != 200) refuse(server, result->status, result->body);
    return json_of(server, result->body);
  }

  std::string server;
  httplib::Client client;
  Secret token;
};

Client::Client(Options options) {
  must_be_http(options.server);
  impl_ = std::make_unique<Impl>(options);
}

Client::~Client() = default;

Json Client::get(const std::string& path) { return impl_->ask("GET", path, nullptr); }

Json Client::post(const std::string& path, const Json& body) {
  return impl_->ask("POST", path, body);
}

void Client::stream(const std::string& method, const std::string& path, const Json& body,
                    const std::function<bool(const Json&)>& event) {
  auto request = impl_->request(method, path, body);
  request.set_header("Accept", "text/event-stream");
  int status = 0;
  bool stopped = false;
  bool is_stream = false;
  std::string refusal;
  EventParser parser;
  request.response_handler = [&](const httplib::Response& response) {
    status = response.status;
    is_stream = response.get_header_value("Content-Type").starts_with("text/event-stream");
    return true;
  };
  request.content_receiver = [&](const char* bytes, std::size_t count, std::uint64_t,
                                 std::uint64_t) {
    if (status != 200) {
      refusal.append(bytes, count);
      return refusal.size() < kLongestEvent;
    }
    stopped = !parser.feed({bytes, count}, event);
    return !stopped;
  };
  const auto result = impl_->client.send(request);
  if (stopped) return;
  if (!result) impl_->fail(result.error());
  if (status != 200) refuse(impl_->server, status, refusal);
  if (!is_stream) throw Unreachable(foreign(impl_->server, status));
}

std::string Client::encode(const std::string& value) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string text;
  for (const unsigned char c : value) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '/';
    if (plain) {
      text += static_cast<char>(c);
    } else {
      text += {'%', kHex[c >> 4U], kHex[c & 15U]};
    }
  }
  return text;
}

bool EventParser::feed(std::string_view bytes, const std::function<bool(const Json&)>& event) {
  rest_ += bytes;
  if (rest_.size() > kLongestEvent) throw Refused(200, "an event of the box is too long");
  for (auto end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n')) {
    const auto line = rest_.substr(0, end);
    rest_.erase(0, end + 1);
    if (!line.starts_with("data: ")) continue;
    const auto json = Json::parse(line.substr(6), nullptr, false);
    if (!json.is_discarded() && !event(json)) return false;
  }
  return true;
}

}  // namespace town::api

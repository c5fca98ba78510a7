// The socket side: cpp-httplib behind one door. Owned by townd's main; made and stopped there, and
// calls the handler from a thread per connection.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "api/connection.h"
#include "api/http.h"

namespace town::api {

struct ServerOptions {
  std::string address = "0.0.0.0";
  std::uint16_t port = 5309;  ///< 0: any free one
  /// Head and body are sent apart; without this each answer on a kept-alive connection waits about
  /// 40 ms for the other side's delayed acknowledgement.
  bool tcp_nodelay = true;
  std::size_t requests_per_connection = 100'000;      ///< the library's own default is 5
  std::size_t payload_limit = std::size_t{8} << 20U;  ///< bytes of any body
  std::size_t threads = 8;  ///< that stay; more are made while all are busy
  ConnectionLimits limits;
  int backlog = 512;  ///< connections that wait to be accepted
};

using Handler = std::function<HttpResponse(const HttpRequest&)>;

class HttpServer {
 public:
  /// Opens the socket. Throws Error{unavailable, PortTaken} where it cannot be had.
  HttpServer(ServerOptions options, Handler handler);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer();

  /// Serves on a thread of its own, until stop().
  void start();
  /// Takes no more requests, waits for no client any more, and for the handlers that are at work;
  /// streams must be told to end before.
  void stop();

  [[nodiscard]] std::uint16_t port() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace town::api

#include "api/server.h"

#include <fcntl.h>
#include <httplib.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cctype>
#include <cerrno>
#include <thread>

#include "api/connections.h"
#include "api/pool.h"
#include "api/problem.h"

namespace town::api {
namespace {

using namespace std::chrono_literals;

constexpr auto kLinger = 60s;  ///< of a thread that nobody needs
constexpr auto kTidying = 250ms;
constexpr auto kCrowded = 20ms;  ///< the same, while somebody waits for a place

/// A connection as the library wants to see it.
class Stream final : public httplib::Stream {
 public:
  explicit Stream(Connection& connection) : connection_(connection) {}

  [[nodiscard]] bool is_readable() const override { return connection_.readable(); }
  [[nodiscard]] bool is_writable() const override { return connection_.open(); }
  ssize_t read(char* to, std::size_t size) override { return connection_.read(to, size); }
  ssize_t write(const char* from, std::size_t size) override {
    return connection_.write(from, size);
  }
  void get_remote_ip_and_port(std::string& ip, int& port) const override {
    ip = connection_.peer();
    port = 0;  // nobody asks
  }
  void get_local_ip_and_port(std::string&, int&) const override {}
  [[nodiscard]] socket_t socket() const override { return connection_.socket(); }

 private:
  Connection& connection_;
};

/// The library's server without its own accepting and waiting, which would give a thread to whoever
/// connects, and an unlimited time to whoever sends one byte in a while.
class Http final : public httplib::Server {
 public:
  using Server::process_request;
  [[nodiscard]] int listening() const { return svr_sock_; }
};

class Sink final : public StreamSink {
 public:
  explicit Sink(httplib::DataSink& sink) : sink_(sink) {}

  bool write(std::string_view bytes) override {
    open_ = open_ && sink_.is_writable() && sink_.write(bytes.data(), bytes.size());
    return open_;
  }
  [[nodiscard]] bool open() const { return open_; }

 private:
  httplib::DataSink& sink_;
  bool open_ = true;
};

std::string lowered(std::string text) {
  for (auto& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// Between what looks at a head first and the handlers; taken out of what clients send.
constexpr const char* kRefusal = "X-Town-Refusal";
constexpr const char* kMultipart = "X-Town-Multipart";

/// Where a name comes twice, the first one counts.
HttpRequest request_of(const httplib::Request& from) {
  HttpRequest request;
  request.method = from.method;
  request.path = from.path;
  for (const auto& [name, value] : from.params) request.query.emplace(name, value);
  for (const auto& [name, value] : from.headers) request.headers.emplace(lowered(name), value);
  if (from.has_header(kMultipart)) {
    request.headers["content-type"] = from.get_header_value(kMultipart);
  }
  request.peer = from.remote_addr;
  return request;
}

/// Runs the stream in one go; what it throws can only end it, for the head is long sent.
bool run_stream(const std::function<void(StreamSink&)>& stream, httplib::DataSink& to) {
  Sink sink(to);
  try {
    stream(sink);
  } catch (const std::exception& error) {
    spdlog::error("stream broke off message={}", redact(error.what()));
    return false;
  }
  if (!sink.open()) return false;
  to.done();
  return true;
}

void answer(HttpResponse from, httplib::Response& response) {
  response.status = from.status;
  for (const auto& [name, value] : from.headers) response.set_header(name, value);
  if (from.stream) {
    response.set_header("Cache-Control", "no-cache");
    response.set_chunked_content_provider(
        from.content_type, [stream = std::move(from.stream)](std::size_t, httplib::DataSink& sink) {
          return run_stream(stream, sink);
        });
  } else if (!from.content_type.empty()) {
    response.set_content(from.body, from.content_type);
  }
}

/// One number of digits at most, and not chunks as well: who is in doubt where a body ends takes a
/// part of it for the next request (RFC 9112, 6.3).
bool length_is_plain(const httplib::Request& request) {
  const auto count = request.get_header_value_count("Content-Length");
  if (count == 0) return true;
  const auto text = request.get_header_value("Content-Length");
  constexpr std::size_t kMostDigits = 18;
  const bool digits = !text.empty() && text.size() <= kMostDigits &&
                      text.find_first_not_of("0123456789") == std::string::npos;
  return count == 1 && digits && !request.has_header("Transfer-Encoding");
}

/// Makes of a head what the library may see; false where the connection cannot go on after it.
bool prepare(httplib::Request& request) {
  request.headers.erase(kRefusal);
  request.headers.erase(kMultipart);
  // The library would cut every answer to the asked ranges, and a thousand ranges into a thousand
  // copies of it; nothing here is served in parts.
  request.ranges.clear();
  const bool plain = length_is_plain(request);
  if (!plain) {
    request.headers.erase("Content-Length");
    request.headers.erase("Transfer-Encoding");
    request.set_header(kRefusal, "the length of the body cannot be told");
  }
  // It would wait for a body where there is neither a length nor chunks, which means that there is
  // none (RFC 9112, 6.3).
  if (!request.has_header("Content-Length") && !request.has_header("Transfer-Encoding")) {
    request.set_header("Content-Length", "0");
  }
  // It would take the parts of a form to itself; our handlers read bodies as they come.
  if (request.is_multipart_form_data()) {
    request.set_header(kMultipart, request.get_header_value("Content-Type"));
    request.headers.erase("Content-Type");
  }
  return plain;
}

bool refused(const httplib::Request& request, httplib::Response& response) {
  if (!request.has_header(kRefusal)) return false;
  answer(problem(400, request.get_header_value(kRefusal)), response);
  response.set_header("Connection", "close");
  return true;
}

/// One address, one server: the library's own choice (SO_REUSEPORT) would let a second townd take
/// every other connection.
void socket_options(socket_t socket) {
  const int on = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
}

/// Room for a body that is beyond the limit to be read past, so that its refusal is heard.
ConnectionLimits limits_of(const ServerOptions& options) {
  auto limits = options.limits;
  limits.body_bytes += options.payload_limit;
  return limits;
}

}  // namespace

struct HttpServer::Impl {
  Impl(ServerOptions given, Handler given_handler)
      : options(std::move(given)),
        handler(std::move(given_handler)),
        connections(limits_of(options)),
        // Those that were told to go hold their threads a moment longer.
        pool(options.threads, options.limits.most + options.limits.most / 4 + 8, kLinger) {}

  ServerOptions options;
  Handler handler;
  Http server;
  Connections connections;
  ElasticPool pool;
  int listening = -1;
  std::uint16_t port = 0;
  std::atomic<bool> stopping{false};
  std::jthread thread;

  void configure();
  void route();
  void bind();
  void accept_all();
  bool accept_one();
  void take(std::shared_ptr<Connection> connection);
  void serve(Connection& connection);
};

void HttpServer::Impl::configure() {
  server.set_payload_max_length(options.payload_limit);
  server.set_socket_options(socket_options);
  // What the library refuses by itself ("bad request line", "payload too large") reads like the
  // rest.
  server.set_error_handler([](const httplib::Request&, httplib::Response& response) {
    if (response.body.empty() && !response.content_provider_) {
      const auto status = response.status;
      answer(problem(status, std::string(reason_phrase(status))), response);
    }
  });
}

void HttpServer::Impl::route() {
  const auto plain = [this](const httplib::Request& request, httplib::Response& response) {
    if (!refused(request, response)) answer(handler(request_of(request)), response);
  };
  const auto with_body = [this](const httplib::Request& request, httplib::Response& response,
                                const httplib::ContentReader& reader) {
    if (refused(request, response)) return;
    auto asked = request_of(request);
    bool read = false;
    asked.body = [&](const BodySink& sink) {
      read = true;
      const bool whole = reader([&](const char* bytes, std::size_t count) {
        return sink({bytes, count});
      });
      // The library has read past a body beyond its limit, and only its status tells.
      if (!whole && response.status == 413) throw Refusal(413, "TooLarge", "the body is too large");
      if (!whole && response.status == 415) {
        throw Refusal(415, "UnknownEncoding", "the body's Content-Encoding is not known here");
      }
      return whole;
    };
    auto made = handler(asked);
    // A body that nobody wanted must not be taken for the next request on this connection.
    if (!read) reader([](const char*, std::size_t) { return true; });
    answer(std::move(made), response);
  };
  const char* everything = "[\\s\\S]*";
  server.Get(everything, plain);
  server.Options(everything, plain);
  server.Post(everything, with_body);
  server.Put(everything, with_body);
  server.Patch(everything, with_body);
  server.Delete(everything, with_body);
}

void HttpServer::Impl::bind() {
  const int wanted = options.port;
  const int got = wanted == 0 ? server.bind_to_any_port(options.address)
                              : (server.bind_to_port(options.address, wanted) ? wanted : -1);
  if (got <= 0) {
    throw Error(Code::unavailable, "PortTaken",
                "cannot listen on " + options.address + ":" + std::to_string(wanted) +
                    ": the address is not ours or another program has the port");
  }
  port = static_cast<std::uint16_t>(got);
  listening = server.listening();
  fcntl(listening, F_SETFL, fcntl(listening, F_GETFL) | O_NONBLOCK);
  // The library listens with a backlog of 5, which a handful of browsers fill.
  ::listen(listening, options.backlog);
}

void HttpServer::Impl::accept_all() {
  while (!stopping) {
    pollfd watched{listening, POLLIN, 0};
    const std::chrono::milliseconds pause = connections.somebody_waits() ? kCrowded : kTidying;
    poll(&watched, 1, static_cast<int>(pause.count()));
    for (auto& connection : connections.tidy()) take(std::move(connection));
    while (!stopping && accept_one()) {
    }
  }
}

/// False where nobody waits to come in.
bool HttpServer::Impl::accept_one() {
  const int socket = accept4(listening, nullptr, nullptr, SOCK_CLOEXEC);
  if (socket < 0) {
    const bool full = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
    if (full) poll(nullptr, 0, 50);  // the machine has none left: somebody must go first
    return errno == EINTR || errno == ECONNABORTED;
  }
  if (options.tcp_nodelay) {
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }
  if (auto connection = connections.admit(socket)) take(std::move(connection));
  return true;
}

void HttpServer::Impl::take(std::shared_ptr<Connection> connection) {
  pool.add([this, connection = std::move(connection)] { serve(*connection); });
}

void HttpServer::Impl::serve(Connection& connection) {
  Stream stream(connection);
  try {
    for (auto left = options.requests_per_connection; left > 0; --left) {
      if (!connection.await_request()) break;
      bool closed = false;
      bool in_step = false;  // after a head that could not be read, nobody knows what comes
      const bool whole = server.process_request(stream, left == 1 || connections.closing(), closed,
                                                [&](httplib::Request& request) {
                                                  connection.head_done();
                                                  in_step = prepare(request);
                                                });
      if (!whole || closed || !in_step) break;
    }
  } catch (const std::exception& error) {
    spdlog::error("connection broke off peer={} message={}", connection.peer(),
                  redact(error.what()));
  }
  connection.bid_farewell();
}

HttpServer::HttpServer(ServerOptions options, Handler handler)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(handler))) {
  impl_->configure();
  impl_->route();
  impl_->bind();
}

HttpServer::~HttpServer() { stop(); }

void HttpServer::start() {
  impl_->thread = std::jthread([this] { impl_->accept_all(); });
}

void HttpServer::stop() {
  impl_->stopping = true;
  if (impl_->listening >= 0) {
    ::shutdown(impl_->listening, SHUT_RDWR);  // wakes the thread that accepts
    if (impl_->thread.joinable()) impl_->thread.join();
    ::close(impl_->listening);
    impl_->listening = -1;
  }
  impl_->connections.close();
  impl_->pool.shutdown();
}

std::uint16_t HttpServer::port() const { return impl_->port; }

}  // namespace town::api

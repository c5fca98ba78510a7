// Clients that keep the server waiting, over real sockets.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <latch>
#include <mutex>
#include <nlohmann/json.hpp>
#include <utility>

#include "api/client.h"
#include "api/connection.h"
#include "api/problem.h"
#include "api/server.h"
#include "api/sse.h"

namespace town::api {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

ServerOptions any_port() {
  ServerOptions options;
  options.address = "127.0.0.1";
  options.port = 0;
  return options;
}

HttpResponse echo(const HttpRequest& request) {
  std::string body;
  const auto take = [&](std::string_view piece) {
    body += piece;
    return true;
  };
  if (request.body && !request.body(take)) return problem(400, "the request ended too early");
  return json_answer({{"body", body.size()}});
}

/// A client that says what it is told to, and nothing else.
class Peer {
 public:
  explicit Peer(const HttpServer& server, const std::string& text = {}) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(server.port());
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) == 0);
    say(text);
  }
  Peer(const Peer&) = delete;
  Peer(Peer&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}
  Peer& operator=(const Peer&) = delete;
  Peer& operator=(Peer&&) = delete;
  ~Peer() {
    if (socket_ >= 0) close(socket_);
  }

  /// False where the other side has closed.
  bool say(const std::string& text) const {
    return send(socket_, text.data(), text.size(), MSG_NOSIGNAL) >= 0;
  }

  /// All that comes until the other side closes.
  [[nodiscard]] std::string hear() const {
    timeval patience{20, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    std::string text;
    std::array<char, 4096> piece{};
    for (ssize_t got = 0; (got = recv(socket_, piece.data(), piece.size(), 0)) > 0;) {
      text.append(piece.data(), static_cast<std::size_t>(got));
    }
    return text;
  }

 private:
  int socket_ = -1;
};

std::vector<Peer> crowd(const HttpServer& server, int count, const std::string& text) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = std::min<rlim_t>(files.rlim_max, 4096);
  setrlimit(RLIMIT_NOFILE, &files);
  std::vector<Peer> peers;
  for (int i = 0; i < count; ++i) peers.emplace_back(server, text);
  return peers;
}

/// Milliseconds until an ordinary request is answered.
std::int64_t answered_after(const HttpServer& server) {
  const auto began = steady_clock::now();
  Client::Options options;
  options.server = "http://127.0.0.1:" + std::to_string(server.port());
  options.read_timeout = 20s;
  CHECK_NOTHROW(Client(options).get("/x"));
  return std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - began).count();
}

}  // namespace

TEST_SUITE("api/connections") {
  TEST_CASE("half-sent heads, silence and dripping bodies keep nobody else out") {
    const std::string drip = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nx";
    for (const auto& [count, text] : std::vector<std::pair<int, std::string>>{
             {300, "GET /x HTTP/1.1\r\nHo"}, {600, ""}, {300, drip}}) {
      CAPTURE(text);
      HttpServer server(any_port(), echo);
      server.start();
      const auto peers = crowd(server, count, text);
      CHECK(answered_after(server) < 2000);
      CHECK(answered_after(server) < 2000);
      server.stop();
    }
  }

  TEST_CASE(
      "a head or a body that takes too long ends with 408, a head that is too large with 431") {
    auto options = any_port();
    options.limits.head = 100ms;
    options.limits.grace = 100ms;
    options.limits.head_bytes = 4096;
    HttpServer server(options, echo);
    server.start();
    CHECK(Peer(server, "G").hear().starts_with("HTTP/1.1 408 "));
    CHECK(Peer(server, "POST /x HTTP/1.1\r\nContent-Length: 9\r\n\r\nx").hear().find("200") ==
          std::string::npos);
    std::string large = "GET /x HTTP/1.1\r\n";
    for (int i = 0; i < 100; ++i)
      large += "X-" + std::to_string(i) + ": " + std::string(90, 'x') + "\r\n";
    CHECK(Peer(server, large + "\r\n").hear().find("200 OK") == std::string::npos);
    CHECK(Peer(server, "").hear().empty());
    server.stop();
  }

  TEST_CASE("a body whose length is in doubt, a form and an unknown encoding are a 400 at most") {
    HttpServer server(any_port(), echo);
    server.start();
    const auto status = [&](const std::string& head, const std::string& body) {
      const auto text =
          Peer(server, "POST /x HTTP/1.1\r\nConnection: close\r\n" + head + "\r\n" + body).hear();
      return text.substr(0, text.find("\r\n"));
    };
    for (const auto* length :
         {"Content-Length: abc\r\n", "Content-Length: -1\r\n", "Content-Length: +2\r\n",
          "Content-Length: 99999999999999999999\r\n", "Content-Length: 2\r\nContent-Length: 3\r\n",
          "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n"}) {
      CAPTURE(length);
      CHECK(status(length, "{}") == "HTTP/1.1 400 Bad Request");
    }
    CHECK(status("Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 5\r\n",
                 "--x--") == "HTTP/1.1 200 OK");
    CHECK(status("Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n") == "HTTP/1.1 200 OK");
    CHECK(Peer(server, "\xff\r\n\r\nGET /x HTTP/1.1\r\n\r\n").hear().find("200") ==
          std::string::npos);
    server.stop();
  }

  TEST_CASE("a body without end is not read for ever") {
    auto options = any_port();
    options.payload_limit = 1000;
    options.limits.body_bytes = 100'000;
    HttpServer server(options, echo);
    server.start();
    const Peer peer(server, "POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
    const auto piece = "400\r\n" + std::string(1024, 'x') + "\r\n";
    int sent = 0;
    while (sent < 10'000 && peer.say(piece)) ++sent;
    CHECK(sent < 10'000);
    server.stop();
  }

  TEST_CASE("who comes while all places are at work is told to try again") {
    auto options = any_port();
    options.limits.most = 2;
    options.limits.patience = 50ms;
    std::latch busy(2);
    std::latch done(1);
    HttpServer server(options, [&](const HttpRequest& request) {
      busy.count_down();
      done.wait();
      return echo(request);
    });
    server.start();
    const auto workers = crowd(server, 2, "GET /x HTTP/1.1\r\nConnection: close\r\n\r\n");
    busy.wait();
    const auto refusal = Peer(server, "GET /x HTTP/1.1\r\n\r\n").hear();
    CHECK(refusal.starts_with("HTTP/1.1 503 "));
    CHECK(refusal.find("\r\nRetry-After: 1\r\n") != std::string::npos);
    done.count_down();
    for (const auto& worker : workers) CHECK(worker.hear().starts_with("HTTP/1.1 200 "));
    server.stop();
  }

  TEST_CASE("one address gets its share and no more, and its own idle ones go first") {
    auto options = any_port();
    options.limits.most_of_loopback = 3;
    HttpServer server(options, echo);
    server.start();
    const auto idle = crowd(server, 10, "");
    CHECK(answered_after(server) < 2000);
    int closed = 0;
    for (std::size_t i = 0; i < 7; ++i) closed += idle[i].hear().empty() ? 1 : 0;
    CHECK(closed == 7);
    server.stop();
  }

  TEST_CASE(
      "a stop waits for no client: not for open streams, idle connections or half a request") {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::stop_source stopping;
    std::latch streaming(1);
    HttpServer server(any_port(), [&](const HttpRequest& request) {
      if (request.path != "/events") return echo(request);
      return event_answer([&](EventStream& events) {
        events.send({{"n", 1}});
        streaming.count_down();
        std::unique_lock lock(mutex);
        while (!stopping.stop_requested() && events.heartbeat()) {
          wake.wait_for(lock, stopping.get_token(), 1s, [] { return false; });
        }
      });
    });
    server.start();
    const Peer stream(server, "GET /events HTTP/1.1\r\n\r\n");
    const Peer half(server, "GET /x HT");
    const Peer body(server, "POST /x HTTP/1.1\r\nContent-Length: 9\r\n\r\nx");
    const Peer silent(server);
    streaming.wait();
    CHECK(answered_after(server) < 2000);
    const auto began = steady_clock::now();
    stopping.request_stop();
    server.stop();
    CHECK(steady_clock::now() - began < 500ms);
    CHECK(stream.hear().find("data: {\"n\":1}") != std::string::npos);
  }
}

}  // namespace town::api

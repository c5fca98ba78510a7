#include "api/connection.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "api/connections.h"
#include "api/problem.h"

namespace town::api {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// What came and was not read: a close with it unread is a reset, which overtakes our last words.
void drain(int socket) {
  constexpr int kMostReads = 64;
  std::array<char, 16'384> unread{};
  for (int i = 0; i < kMostReads; ++i) {
    if (recv(socket, unread.data(), unread.size(), MSG_DONTWAIT) <= 0) return;
  }
}

std::string text_of(int status) {
  const auto answer = problem(status, status == 503 ? "the box has its hands full; try again"
                                                    : std::string(reason_phrase(status)));
  std::string text = "HTTP/1.1 " + std::to_string(status) + " ";
  text.append(reason_phrase(status)).append("\r\nContent-Type: ").append(answer.content_type);
  for (const auto& [name, value] : answer.headers) text.append("\r\n" + name + ": " + value);
  text += "\r\nConnection: close\r\nContent-Length: " + std::to_string(answer.body.size());
  return text + "\r\n\r\n" + answer.body;
}

}  // namespace

void send_refusal(int socket, int status) {
  const auto text = text_of(status);
  drain(socket);
  // An empty send buffer takes it whole; who reads nothing misses nothing.
  (void)send(socket, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  ::shutdown(socket, SHUT_WR);
  drain(socket);
}

Connection::Connection(Connections& all, int socket, std::string peer)
    : all_(all), socket_(socket), peer_(std::move(peer)), began_(steady_clock::now()) {}

Connection::~Connection() {
  all_.leave(*this);  // first: nobody may shut down a number that is another's by then
  ::close(socket_);
}

bool Connection::await_request() {
  if (fault_ != Fault::none) return false;
  phase_ = Phase::idle;
  began_ = steady_clock::now();
  if (at_ == filled_) {
    const auto got = receive(buffer_.data(), buffer_.size());
    if (got <= 0) {
      fault_ = Fault::none;  // nothing was asked, so nobody is told
      return false;
    }
    at_ = 0;
    filled_ = static_cast<std::size_t>(got);
  }
  // From its admission on it was one that waits.
  if (first_ && !all_.end_wait(*this)) return false;
  phase_ = Phase::head;
  first_ = false;
  answered_ = false;
  began_ = steady_clock::now();
  head_bytes_ = 0;
  return !all_.closing();
}

void Connection::head_done() {
  phase_ = Phase::exchange;
  began_ = steady_clock::now();
  moved_ = received_ = 0;
  waited_ = {};
}

ssize_t Connection::read(char* to, std::size_t size) {
  if (at_ == filled_) {
    // Heads are read byte by byte, bodies in large pieces.
    if (size >= buffer_.size()) return receive(to, size);
    const auto got = receive(buffer_.data(), buffer_.size());
    if (got <= 0) return got;
    at_ = 0;
    filled_ = static_cast<std::size_t>(got);
  }
  const auto count = std::min(size, filled_ - at_);
  if (!count_head(count)) return -1;
  std::memcpy(to, buffer_.data() + at_, count);
  at_ += count;
  return static_cast<ssize_t>(count);
}

bool Connection::count_head(std::size_t bytes) {
  if (phase_ != Phase::head) return true;
  head_bytes_ += bytes;
  if (head_bytes_ <= all_.limits().head_bytes) return true;
  fault_ = Fault::too_large;
  return false;
}

ssize_t Connection::receive(char* to, std::size_t size) {
  if (phase_ == Phase::exchange && received_ > all_.limits().body_bytes) {
    fault_ = Fault::too_large;
    return -1;
  }
  for (;;) {
    const auto got = recv(socket_, to, size, MSG_DONTWAIT);
    if (got > 0) {
      moved_ += static_cast<std::uint64_t>(got);
      received_ += static_cast<std::uint64_t>(got);
    }
    if (got >= 0) return got;
    const bool later = errno == EAGAIN || errno == EWOULDBLOCK;
    if (errno != EINTR && (!later || !wait(POLLIN))) return -1;
  }
}

ssize_t Connection::write(const char* from, std::size_t size) {
  answered_ = true;
  for (;;) {
    const auto sent = send(socket_, from, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) {
      moved_ += static_cast<std::uint64_t>(sent);
      return sent;
    }
    const bool later = errno == EAGAIN || errno == EWOULDBLOCK;
    if (errno != EINTR && (!later || !wait(POLLOUT))) return -1;
  }
}

milliseconds Connection::left(Time now) const {
  const auto& limits = all_.limits();
  const auto since = std::chrono::duration_cast<milliseconds>(now - began_);
  if (phase_ == Phase::idle) return (first_ ? limits.head : limits.idle) - since;
  if (phase_ == Phase::head) return limits.head - since;
  const milliseconds earned(moved_ * 1'000 / limits.slowest);
  const auto waited = std::chrono::duration_cast<milliseconds>(waited_);
  return std::min(limits.grace + earned - waited, limits.stall);
}

/// False where the client took too long or was told to go.
bool Connection::wait(short events) {
  const auto before = steady_clock::now();
  const auto most = left(before);
  if (most <= 0ms) {
    fault_ = Fault::late;
    return false;
  }
  const auto age = std::chrono::duration_cast<milliseconds>(before - began_).count();
  const auto rate = moved_ * 1'000 / static_cast<std::uint64_t>(std::max<std::int64_t>(age, 1));
  if (!all_.begin_wait(*this, phase_ != Phase::exchange, began_, rate)) return false;
  pollfd watched{socket_, events, 0};
  const int ready = poll(&watched, 1, static_cast<int>(most.count()));
  const bool stays = all_.end_wait(*this);
  waited_ += steady_clock::now() - before;
  if (ready == 0) fault_ = Fault::late;
  return stays && (ready > 0 || (ready < 0 && errno == EINTR));
}

bool Connection::readable() const {
  if (at_ < filled_) return true;
  pollfd watched{socket_, POLLIN, 0};
  return poll(&watched, 1, 0) > 0;
}

bool Connection::open() const {
  char byte = 0;
  const auto seen = recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return seen > 0 || (seen < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR));
}

void Connection::bid_farewell() {
  if (fault_ != Fault::none && !answered_) {
    send_refusal(socket_, fault_ == Fault::late ? 408 : 431);
    return;
  }
  ::shutdown(socket_, SHUT_WR);
  drain(socket_);
}

}  // namespace town::api

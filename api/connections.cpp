#include "api/connections.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace town::api {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

/// How long a refusal has to arrive.
constexpr auto kParting = 1s;
constexpr std::size_t kMostParting = 256;
constexpr std::size_t kMostHopeful = 256;

/// A body slower than this, for at least so long, is one that goes where it gets narrow. Any
/// network of a house is faster by far.
constexpr std::uint64_t kDrip = 16'384;
constexpr auto kDripAge = 100ms;

std::string address_of(int socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof(address);
  if (getpeername(socket, reinterpret_cast<sockaddr*>(&address), &length) != 0) return {};
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = nullptr;
  if (address.ss_family == AF_INET) {
    bytes = &reinterpret_cast<const sockaddr_in*>(&address)->sin_addr;
  } else if (address.ss_family == AF_INET6) {
    bytes = &reinterpret_cast<const sockaddr_in6*>(&address)->sin6_addr;
  }
  if (bytes == nullptr) return {};
  return inet_ntop(address.ss_family, bytes, text.data(), text.size()) != nullptr ? text.data()
                                                                                  : "";
}

bool is_loopback(const std::string& peer) {
  return peer.starts_with("127.") || peer == "::1" || peer.starts_with("::ffff:127.");
}

}  // namespace

Connections::~Connections() {
  for (const auto& hopeful : hopeful_) ::close(hopeful.socket);
  for (const auto& parting : parting_) ::close(parting.socket);
}

std::shared_ptr<Connection> Connections::admit(int socket) {
  auto peer = address_of(socket);
  const std::lock_guard lock(mutex_);
  if (!closing_ && make_room(peer)) return enter(socket, peer);
  // A moment later it shows who only drips, and has to go for it.
  hopeful_.push_back({socket, std::move(peer), steady_clock::now() + limits_.patience});
  if (closing_ || hopeful_.size() > kMostHopeful) {
    refuse(hopeful_.front().socket);
    hopeful_.pop_front();
  }
  return nullptr;
}

std::vector<std::shared_ptr<Connection>> Connections::tidy() {
  std::vector<std::shared_ptr<Connection>> entered;
  const std::lock_guard lock(mutex_);
  const auto now = steady_clock::now();
  while (!parting_.empty() && parting_.front().until <= now) {
    ::close(parting_.front().socket);
    parting_.pop_front();
  }
  std::deque<Hopeful> still;
  for (auto& hopeful : hopeful_) {
    if (!closing_ && make_room(hopeful.peer)) {
      entered.push_back(enter(hopeful.socket, hopeful.peer));
    } else if (closing_ || hopeful.until <= now) {
      refuse(hopeful.socket);
    } else {
      still.push_back(std::move(hopeful));
    }
  }
  hopeful_ = std::move(still);
  return entered;
}

bool Connections::somebody_waits() const {
  const std::lock_guard lock(mutex_);
  return !hopeful_.empty();
}

/// The mutex is held, here and below.
std::shared_ptr<Connection> Connections::enter(int socket, const std::string& peer) {
  auto connection = std::make_shared<Connection>(*this, socket, peer);
  // Whether its thread has come to look or not: it has sent nothing yet.
  connection->waits_ = connection->waits_for_head_ = true;
  connection->waits_since_ = steady_clock::now();
  all_.insert(connection.get());
  ++by_peer_[peer];
  ++staying_;
  return connection;
}

bool Connections::make_room(const std::string& peer) {
  const auto share = is_loopback(peer) ? limits_.most_of_loopback : limits_.most_of_peer;
  const auto there = by_peer_.find(peer);
  if (there != by_peer_.end() && there->second >= share && !shed(&peer)) return false;
  return staying_ < limits_.most || shed(nullptr);
}

/// Of all, or of one peer: the one without a request that came first, else the body or the reader
/// that drips longest.
bool Connections::shed(const std::string* peer) {
  const auto now = steady_clock::now();
  Connection* chosen = nullptr;
  for (auto* each : all_) {
    if (each->shed_ || !each->waits_ || (peer != nullptr && each->peer() != *peer)) continue;
    const bool drips = each->rate_ < kDrip && now - each->waits_since_ >= kDripAge;
    if (!each->waits_for_head_ && !drips) continue;
    const bool better = chosen == nullptr || (each->waits_for_head_ != chosen->waits_for_head_
                                                  ? each->waits_for_head_
                                                  : each->waits_since_ < chosen->waits_since_);
    if (better) chosen = each;
  }
  if (chosen == nullptr) return false;
  chosen->shed_ = true;
  --staying_;
  if (--by_peer_[chosen->peer()] == 0) by_peer_.erase(chosen->peer());
  ::shutdown(chosen->socket(), SHUT_RDWR);  // wakes the thread that waits for it
  return true;
}

void Connections::refuse(int socket) {
  if (parting_.size() >= kMostParting) {
    ::close(parting_.front().socket);
    parting_.pop_front();
  }
  send_refusal(socket, 503);
  parting_.push_back({socket, steady_clock::now() + kParting});
}

bool Connections::begin_wait(Connection& connection, bool for_head, Time since,
                             std::uint64_t rate) {
  const std::lock_guard lock(mutex_);
  if (connection.shed_ || closing_) return false;
  connection.waits_ = true;
  connection.waits_for_head_ = for_head;
  connection.waits_since_ = since;
  connection.rate_ = rate;
  return true;
}

bool Connections::end_wait(Connection& connection) {
  const std::lock_guard lock(mutex_);
  connection.waits_ = false;
  return !connection.shed_;
}

void Connections::leave(Connection& connection) {
  const std::lock_guard lock(mutex_);
  all_.erase(&connection);
  if (connection.shed_) return;
  --staying_;
  if (--by_peer_[connection.peer()] == 0) by_peer_.erase(connection.peer());
}

void Connections::close() {
  const std::lock_guard lock(mutex_);
  closing_ = true;
  for (auto* each : all_) {
    if (each->waits_) ::shutdown(each->socket(), SHUT_RDWR);
  }
}

bool Connections::closing() const {
  const std::lock_guard lock(mutex_);
  return closing_;
}

std::size_t Connections::open() const {
  const std::lock_guard lock(mutex_);
  return staying_;
}

}  // namespace town::api

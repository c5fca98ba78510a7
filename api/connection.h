// One open connection and what it may cost: how long a client may take for the head of a request,
// for a body and for reading its answer. Made by Connections; belongs to the thread that serves it,
// except where noted. Knows sockets, and nothing of HTTP.
#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <string>

namespace town::api {

class Connections;

struct ConnectionLimits {
  std::size_t most = 256;  ///< open at a time; each holds a thread
  /// Of one address. Browsers open six to a host, and a household may sit behind one router.
  std::size_t most_of_peer = 64;
  /// Of each address of the box itself, such as a proxy in front of us; never all there are.
  std::size_t most_of_loopback = 192;
  std::chrono::milliseconds patience{1'000};  ///< that one waits for a place, and is then refused
  std::chrono::milliseconds idle{5'000};      ///< between two requests
  std::chrono::milliseconds head{10'000};     ///< for a whole head, from its first byte
  /// What a client may keep us waiting over its body and its answer together, to which each byte
  /// adds its share at the slowest rate.
  std::chrono::milliseconds grace{10'000};
  std::uint64_t slowest = 4'096;            ///< bytes a second
  std::chrono::milliseconds stall{30'000};  ///< without a single byte
  std::size_t head_bytes = std::size_t{64} << 10U;
  /// Of one body, however it is sent: what is beyond a server's own limit is read for so long that
  /// the refusal can be heard, and not for ever.
  std::uint64_t body_bytes = std::uint64_t{64} << 20U;
};

class Connection {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Why we, and not the client, end it.
  enum class Fault : std::uint8_t { none, late, too_large };

  /// Takes over the socket. `peer` is the address of the other side.
  Connection(Connections& all, int socket, std::string peer);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  /// Closes it.
  ~Connection();

  /// Waits for the first byte of the next request; false where there will be none.
  bool await_request();
  /// The head is whole: what is read from now on is a body.
  void head_done();

  /// Up to `size` bytes; 0 at the end, -1 where the client took too long, or too much, or is gone.
  ssize_t read(char* to, std::size_t size);
  /// Some of the bytes; -1 as above.
  ssize_t write(const char* from, std::size_t size);

  /// Whether there is something to read, or the end of it.
  [[nodiscard]] bool readable() const;
  /// Whether the other side still listens, as far as one can tell without asking.
  [[nodiscard]] bool open() const;

  /// Says why it ends where nothing else was answered yet, and ends it so that this arrives.
  void bid_farewell();

  [[nodiscard]] const std::string& peer() const { return peer_; }
  [[nodiscard]] int socket() const { return socket_; }

 private:
  friend class Connections;
  enum class Phase : std::uint8_t { idle, head, exchange };

  ssize_t receive(char* to, std::size_t size);
  bool wait(short events);
  [[nodiscard]] std::chrono::milliseconds left(Time now) const;
  bool count_head(std::size_t bytes);

  Connections& all_;
  const int socket_;
  const std::string peer_;
  Phase phase_ = Phase::idle;
  bool first_ = true;      ///< no request came yet
  bool answered_ = false;  ///< something of an answer to this request was sent
  Fault fault_ = Fault::none;
  Time began_;                         ///< of this phase
  std::size_t head_bytes_ = 0;         ///< of this head
  std::uint64_t received_ = 0;         ///< bytes since the head
  std::uint64_t moved_ = 0;            ///< bytes since the head, in both directions
  std::chrono::nanoseconds waited_{};  ///< for the client, since the head
  std::array<char, 4'096> buffer_{};
  std::size_t at_ = 0;
  std::size_t filled_ = 0;

  // Guarded by the mutex of `all_`: what others see of it.
  bool waits_ = false;           ///< for the client, at this moment
  bool waits_for_head_ = false;  ///< and has no whole request of it
  bool shed_ = false;            ///< was told to go
  Time waits_since_;             ///< when it began to owe us what it waits for
  std::uint64_t rate_ = 0;       ///< bytes a second, of one that waits within an exchange
};

/// Sends a small answer of ours without ever waiting: to who is refused, or was too slow.
void send_refusal(int socket, int status);

}  // namespace town::api

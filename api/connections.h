// All open connections of the server: who may come in, and who has to go for it. Owned by the
// server; any thread.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "api/connection.h"

namespace town::api {

/// A client that keeps us waiting holds a thread for nothing. So where it gets narrow the one that
/// has kept us waiting longest goes, and who has a request to make finds a place: neither half a
/// head, nor silence, nor a body that drips can lock others out.
class Connections {
 public:
  explicit Connections(const ConnectionLimits& limits) : limits_(limits) {}
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;
  /// All connections must be gone.
  ~Connections();

  /// Takes over an accepted socket; null where there is no room for it yet.
  std::shared_ptr<Connection> admit(int socket);

  /// Those for whom there is room by now. Who waited in vain is told so (503, and when to try
  /// again). To be called a few times a second, and more often while somebody waits.
  std::vector<std::shared_ptr<Connection>> tidy();
  [[nodiscard]] bool somebody_waits() const;

  /// No more requests, and no more waiting for any client: what is being worked on is answered, as
  /// far as the other side takes it without a pause.
  void close();
  [[nodiscard]] bool closing() const;

  [[nodiscard]] std::size_t open() const;
  [[nodiscard]] const ConnectionLimits& limits() const { return limits_; }

 private:
  friend class Connection;
  using Time = Connection::Time;

  /// A socket for which there was no room when it came.
  struct Hopeful {
    int socket;
    std::string peer;
    Time until;
  };

  /// A socket that was refused: closing it at once would take the refusal back (a reset overtakes
  /// what is on its way).
  struct Parting {
    int socket;
    Time until;
  };

  bool begin_wait(Connection& connection, bool for_head, Time since, std::uint64_t rate);
  bool end_wait(Connection& connection);
  void leave(Connection& connection);

  std::shared_ptr<Connection> enter(int socket, const std::string& peer);
  bool make_room(const std::string& peer);
  bool shed(const std::string* peer);
  void refuse(int socket);

  const ConnectionLimits limits_;
  mutable std::mutex mutex_;
  std::set<Connection*> all_;
  std::map<std::string, std::size_t> by_peer_;  ///< of those that were not told to go
  std::size_t staying_ = 0;                     ///< the same, of all peers
  std::deque<Hopeful> hopeful_;
  std::deque<Parting> parting_;
  bool closing_ = false;
};

}  // namespace town::api

// Who listens on which port of the machine. Any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace town {

struct Listener {
  std::uint16_t port = 0;
  std::string protocol;   ///< "tcp" or "udp"
  std::uint32_t pid = 0;  ///< 0 where it cannot be told
  std::string program;    ///< "sshd", "conmon"
};

class Sockets {
 public:
  virtual ~Sockets() = default;
  /// Listening TCP and bound UDP sockets on any address, v4 and v6, by port: who has a port on one
  /// address alone, and be it 127.0.0.1, keeps everybody from taking it on all of them. A port
  /// that one program has on several addresses is named once.
  virtual std::vector<Listener> listeners() = 0;
};

/// Asks the kernel over sock_diag(7), in this process's network namespace (/proc/net/tcp walks
/// every connection and took 30 ms), and finds programs through /proc/<pid>/fd.
std::unique_ptr<Sockets> make_sockets();

}  // namespace town

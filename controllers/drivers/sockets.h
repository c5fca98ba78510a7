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
  /// Listening TCP and bound UDP sockets on non-loopback or wildcard addresses, v4 and v6, by port.
  virtual std::vector<Listener> listeners() = 0;
};

/// Reads /proc/net/{tcp,tcp6,udp,udp6}; looks up a program only for ports in question.
std::unique_ptr<Sockets> make_sockets();

}  // namespace town

#include "controllers/drivers/sockets.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>

#include "controllers/drivers/descriptor.h"

namespace town {
namespace {

/// A socket on a port that the kernel chooses.
struct Bound {
  Descriptor socket;
  std::uint16_t port = 0;

  Bound(int type, std::uint32_t address) : socket(::socket(AF_INET, type, 0)) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(address);
    socklen_t size = sizeof name;
    REQUIRE(bind(socket.get(), reinterpret_cast<sockaddr*>(&name), size) == 0);
    if (type == SOCK_STREAM) REQUIRE(listen(socket.get(), 1) == 0);
    REQUIRE(getsockname(socket.get(), reinterpret_cast<sockaddr*>(&name), &size) == 0);
    port = ntohs(name.sin_port);
  }
};

std::optional<Listener> listener(std::uint16_t port, const std::string& protocol) {
  for (auto& found : make_sockets()->listeners()) {
    if (found.port == port && found.protocol == protocol) return found;
  }
  return std::nullopt;
}

}  // namespace

TEST_SUITE("controllers/drivers/sockets") {
  TEST_CASE("a listening program is found by port, with its pid and name") {
    const Bound tcp(SOCK_STREAM, INADDR_ANY);
    const auto found = listener(tcp.port, "tcp");
    REQUIRE(found.has_value());
    CHECK(found->pid == static_cast<std::uint32_t>(getpid()));
    CHECK(found->program.starts_with("unit_tests"));
    const Bound udp(SOCK_DGRAM, INADDR_ANY);
    CHECK(listener(udp.port, "udp").has_value());
  }

  TEST_CASE(
      "who listens on loopback alone has the port, too: nobody can take it on all addresses") {
    const Bound tcp(SOCK_STREAM, INADDR_LOOPBACK);
    CHECK(listener(tcp.port, "tcp").has_value());
  }
}

}  // namespace town

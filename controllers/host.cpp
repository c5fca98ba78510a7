#include "controllers/host.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace town {

std::string MachineHost::port_holder(std::uint16_t port, const std::string& protocol) {
  for (const auto& listener : sockets_.listeners()) {
    if (listener.port != port || listener.protocol != protocol) continue;
    return listener.program.empty() ? "another program on this machine" : listener.program;
  }
  return {};
}

std::string MachineHost::hostname() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

std::string MachineHost::internal_address() {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return {};
  sockaddr_in outside{};
  outside.sin_family = AF_INET;
  outside.sin_port = htons(53);
  inet_pton(AF_INET, "8.8.8.8", &outside.sin_addr);
  sockaddr_in own{};
  socklen_t length = sizeof own;
  std::array<char, INET_ADDRSTRLEN> text{};
  // connect() on UDP only picks the route.
  if (connect(fd, reinterpret_cast<const sockaddr*>(&outside), sizeof outside) == 0 &&
      getsockname(fd, reinterpret_cast<sockaddr*>(&own), &length) == 0) {
    inet_ntop(AF_INET, &own.sin_addr, text.data(), text.size());
  }
  close(fd);
  return text.data();
}

DiskFigures MachineHost::disk() {
  auto figures = keeper_.look().usage;
  figures.shortage = keeper_.shortage();
  return figures;
}

std::set<std::string> MachineHost::volume_ids() {
  std::set<std::string> ids;
  for (const auto& subvolume : btrfs_.list()) {
    if (!subvolume.id.empty()) ids.insert(subvolume.id);
  }
  return ids;
}

}  // namespace town

#include "controllers/drivers/sockets.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fmt/format.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <map>
#include <system_error>
#include <tuple>

#include "controllers/drivers/descriptor.h"
#include "state/error.h"

namespace town {
namespace {

constexpr std::size_t kListenerLimit = 65536;
// States of the sockets that we want, from the kernel's net/tcp_states.h: TCP_LISTEN, and TCP_CLOSE
// for UDP sockets that are bound and not connected.
constexpr std::uint32_t kTcpListen = 10;
constexpr std::uint32_t kUdpBound = 7;

/// By socket inode.
using Found = std::multimap<std::uint64_t, Listener>;

struct Question {
  nlmsghdr header;
  inet_diag_req_v2 body;
};

void take(const nlmsghdr* header, int protocol, Found& found) {
  if (header->nlmsg_len < NLMSG_LENGTH(sizeof(inet_diag_msg))) return;
  inet_diag_msg message{};
  std::memcpy(&message, NLMSG_DATA(header), sizeof message);
  if (message.id.idiag_sport == 0 || found.size() >= kListenerLimit) return;
  Listener listener;
  listener.port = ntohs(message.id.idiag_sport);
  listener.protocol = protocol == IPPROTO_TCP ? "tcp" : "udp";
  found.emplace(message.idiag_inode, std::move(listener));
}

Error unanswered(int error) {
  return {Code::unavailable, "NoSockDiag",
          fmt::format("The kernel does not tell who listens: {}.",
                      std::generic_category().message(error))};
}

/// Reads one answer of many parts; true at its end.
bool take_all(int socket, int protocol, Found& found) {
  alignas(nlmsghdr) std::array<char, 32768> buffer;  // NOLINT(*-member-init): recv() fills it
  const ssize_t size = recv(socket, buffer.data(), buffer.size(), 0);
  if (size < 0 && errno == EINTR) return false;
  if (size <= 0) throw unanswered(size < 0 ? errno : EPIPE);
  auto left = static_cast<std::uint32_t>(size);
  for (auto* header = reinterpret_cast<nlmsghdr*>(buffer.data()); NLMSG_OK(header, left);
       header = NLMSG_NEXT(header, left)) {
    if (header->nlmsg_type == NLMSG_DONE) return true;
    if (header->nlmsg_type == NLMSG_ERROR) {
      nlmsgerr error{};
      std::memcpy(&error, NLMSG_DATA(header), sizeof error);
      throw unanswered(-error.error);
    }
    take(header, protocol, found);
  }
  return false;
}

void ask_kernel(int socket, int family, int protocol, std::uint32_t state, Found& found) {
  Question question{};
  question.header.nlmsg_len = sizeof question;
  question.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  question.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  question.body.sdiag_family = static_cast<std::uint8_t>(family);
  question.body.sdiag_protocol = static_cast<std::uint8_t>(protocol);
  question.body.idiag_states = 1U << state;
  if (send(socket, &question, sizeof question, 0) < 0) throw unanswered(errno);
  while (!take_all(socket, protocol, found)) {
  }
}

Found read_sockets() {
  const Descriptor socket(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!socket) throw unanswered(errno);
  Found found;
  for (const int family : {AF_INET, AF_INET6}) {
    ask_kernel(socket.get(), family, IPPROTO_TCP, kTcpListen, found);
    ask_kernel(socket.get(), family, IPPROTO_UDP, kUdpBound, found);
  }
  return found;
}

std::string program_of(std::uint32_t pid) {
  std::ifstream file(fmt::format("/proc/{}/comm", pid));
  std::string name;
  std::getline(file, name);
  return name;
}

/// Sets pid and program of those listeners whose socket the process holds; returns how many.
std::size_t claim(std::uint32_t pid, Found& found) {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(
      opendir(fmt::format("/proc/{}/fd", pid).c_str()), closedir);
  if (!directory) return 0;  // it has ended, or is none of our business
  std::size_t claimed = 0;
  std::array<char, 64> link{};
  while (const dirent* entry = readdir(directory.get())) {
    const ssize_t size =
        readlinkat(dirfd(directory.get()), entry->d_name, link.data(), link.size());
    const std::string_view target(link.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    if (!target.starts_with("socket:[")) continue;
    std::uint64_t inode = 0;
    std::from_chars(target.data() + 8, target.data() + target.size(), inode);
    const auto [begin, end] = found.equal_range(inode);
    for (auto it = begin; it != end; ++it) {
      if (it->second.pid != 0) continue;
      it->second.pid = pid;
      it->second.program = program_of(pid);
      ++claimed;
    }
  }
  return claimed;
}

/// Looks through all processes until each socket has its own.
void find_programs(Found& found) {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir("/proc"), closedir);
  if (!directory) return;
  std::size_t left = found.size();
  while (const dirent* entry = left > 0 ? readdir(directory.get()) : nullptr) {
    const std::string_view name(entry->d_name);
    std::uint32_t pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error == std::errc() && end == name.data() + name.size()) left -= claim(pid, found);
  }
}

class KernelSockets final : public Sockets {
 public:
  std::vector<Listener> listeners() override {
    Found found = read_sockets();
    find_programs(found);
    // IPv4 and IPv6 of one program are one listener; a known program goes before an unknown one.
    const auto order = [](const Listener& listener) {
      return std::tuple(listener.port, std::string_view(listener.protocol), listener.pid == 0,
                        listener.pid);
    };
    std::vector<Listener> result;
    for (auto& [inode, listener] : found) result.push_back(std::move(listener));
    std::sort(result.begin(), result.end(),
              [&](const auto& a, const auto& b) { return order(a) < order(b); });
    result.erase(std::unique(result.begin(), result.end(),
                             [&](const auto& a, const auto& b) { return order(a) == order(b); }),
                 result.end());
    return result;
  }
};

}  // namespace

std::unique_ptr<Sockets> make_sockets() { return std::make_unique<KernelSockets>(); }

}  // namespace town

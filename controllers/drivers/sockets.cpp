#include "controllers/drivers/sockets.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <fstream>
#include <map>
#include <sstream>
#include <tuple>

#include "controllers/drivers/descriptor.h"

namespace town {
namespace {

constexpr std::size_t kListenerLimit = 65536;

struct Table {
  const char* file;
  const char* protocol;
  const char* state;  ///< of the sockets that we want: TCP_LISTEN, or TCP_CLOSE for unconnected UDP
};

constexpr std::array kTables{
    Table{"/proc/net/tcp", "tcp", "0A"}, Table{"/proc/net/tcp6", "tcp", "0A"},
    Table{"/proc/net/udp", "udp", "07"}, Table{"/proc/net/udp6", "udp", "07"}};

/// Addresses are printed as 32-bit words in the machine's byte order, here little-endian.
bool is_loopback(std::string_view address) {
  constexpr std::string_view kMapped = "0000000000000000FFFF0000";  // ::ffff:0:0/96
  if (address.starts_with(kMapped)) address.remove_prefix(kMapped.size());
  if (address.size() == 8) return address.ends_with("7F");
  return address == "00000000000000000000000001000000";
}

/// Socket inode to listener, of one table.
void read_table(const Table& table, std::multimap<std::uint64_t, Listener>& found) {
  std::ifstream file(table.file);
  std::string line;
  std::getline(file, line);  // the heading
  while (std::getline(file, line) && found.size() < kListenerLimit) {
    std::istringstream words(line);
    std::string slot, local, remote, state, queues, timer, retransmits;
    std::uint64_t uid = 0;
    std::uint64_t timeout = 0;
    std::uint64_t inode = 0;
    words >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> uid >> timeout >>
        inode;
    const auto colon = local.find(':');
    if (!words || colon == std::string::npos || state != table.state) continue;
    if (is_loopback(std::string_view(local).substr(0, colon))) continue;
    Listener listener;
    listener.protocol = table.protocol;
    std::from_chars(local.data() + colon + 1, local.data() + local.size(), listener.port, 16);
    if (listener.port != 0) found.emplace(inode, std::move(listener));
  }
}

std::string program_of(std::uint32_t pid) {
  std::ifstream file(fmt::format("/proc/{}/comm", pid));
  std::string name;
  std::getline(file, name);
  return name;
}

/// Sets pid and program of those listeners whose socket the process holds; returns how many.
std::size_t claim(std::uint32_t pid, std::multimap<std::uint64_t, Listener>& found) {
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
void find_programs(std::multimap<std::uint64_t, Listener>& found) {
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

class ProcSockets final : public Sockets {
 public:
  std::vector<Listener> listeners() override {
    std::multimap<std::uint64_t, Listener> found;
    for (const auto& table : kTables) read_table(table, found);
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

std::unique_ptr<Sockets> make_sockets() { return std::make_unique<ProcSockets>(); }

}  // namespace town

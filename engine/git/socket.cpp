#include "engine/git/socket.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <git2/sys/stream.h>
#include <netdb.h>
#include <poll.h>
#include <resolv.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>

#include "engine/git/connection.h"

namespace town {

namespace {

// One address of a host that swallows packets must not use up the time of the others.
constexpr std::chrono::seconds kConnectTimeout{10};

class Socket;

// What libgit2 sees. Its ssh transport reaches behind the git_stream for the descriptor, so the
// first four members are those of its own git_socket_stream (src/libgit2/streams/socket.h).
struct Wire {
  git_stream stream{};
  char* host = nullptr;
  char* port = nullptr;
  int descriptor = -1;
  Socket* socket = nullptr;
};

class Socket {
 public:
  Socket(Connection& connection, const char* host, const char* port);
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { close(); }

  git_stream* stream() { return &wire_.stream; }
  int connect();
  ssize_t read(void* data, std::size_t size);
  ssize_t write(const char* data, std::size_t size);
  void close();

 private:
  bool connect_to(const addrinfo& address);
  bool await_connected();
  void watch();
  int fail(const std::string& sentence);

  Connection& connection_;
  std::string host_;
  std::string port_;
  Wire wire_;
  std::mutex mutex_;  // guards the descriptor against being closed while it is shut down
  std::condition_variable_any changed_;
  bool closing_ = false;
  std::jthread watchdog_;
};

Socket& of(git_stream* stream) { return *reinterpret_cast<Wire*>(stream)->socket; }

Socket::Socket(Connection& connection, const char* host, const char* port)
    : connection_(connection), host_(host), port_(port) {
  wire_.host = host_.data();
  wire_.port = port_.data();
  wire_.socket = this;
  wire_.stream.version = GIT_STREAM_VERSION;
  wire_.stream.connect = [](git_stream* s) {
    try {
      return of(s).connect();
    } catch (const std::system_error& error) {  // no thread to be had; must not pass through C
      return of(s).fail(fmt::format("cannot be reached: {}", error.what()));
    }
  };
  wire_.stream.read = [](git_stream* s, void* data, std::size_t size) {
    return of(s).read(data, size);
  };
  wire_.stream.write = [](git_stream* s, const char* data, std::size_t size, int) {
    return of(s).write(data, size);
  };
  wire_.stream.close = [](git_stream* s) {
    of(s).close();
    return 0;
  };
  wire_.stream.free = [](git_stream* s) { delete &of(s); };
}

int Socket::fail(const std::string& sentence) {
  if (!connection_.over()) connection_.fail("RepositoryUnreachable", sentence);
  return -1;
}

// Shutting the descriptor down at the deadline wakes whoever waits on it, us or libssh2, which
// waits in a poll of its own.
void Socket::watch() {
  std::unique_lock lock(mutex_);
  const auto& limits = connection_.limits();
  changed_.wait_until(lock, limits.stop, limits.deadline, [&] { return closing_; });
  if (!closing_) ::shutdown(wire_.descriptor, SHUT_RDWR);
}

bool Socket::await_connected() {
  const auto now = std::chrono::steady_clock::now();
  const auto patience = std::min<std::chrono::steady_clock::duration>(
      kConnectTimeout, connection_.limits().deadline - now);
  const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(patience).count();
  pollfd waiting{wire_.descriptor, POLLOUT, 0};
  if (::poll(&waiting, 1, static_cast<int>(std::max<long>(wait, 0))) != 1) {
    errno = ETIMEDOUT;
    return false;
  }
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(wire_.descriptor, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return false;
  errno = error;
  return error == 0 && !connection_.over();
}

bool Socket::connect_to(const addrinfo& address) {
  close();
  const int made =
      ::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, address.ai_protocol);
  if (made < 0) return false;
  wire_.descriptor = made;
  closing_ = false;
  watchdog_ = std::jthread([this] { watch(); });
  if (::connect(made, address.ai_addr, address.ai_addrlen) != 0 &&
      (errno != EINPROGRESS || !await_connected())) {
    return false;
  }
  return ::fcntl(made, F_SETFL, ::fcntl(made, F_GETFL) & ~O_NONBLOCK) == 0;
}

int Socket::connect() {
  // Looking up a name cannot be interrupted, so it is kept short: glibc's 5 s, tried twice, on up
  // to three servers become 3 s, tried twice. The resolver's state is the thread's own.
  if (::res_init() == 0) _res.retrans = 3;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host_.c_str(), port_.c_str(), &hints, &found);
  if (error != 0) {
    return fail(fmt::format("cannot be reached: the name {} is unknown ({})", host_,
                            ::gai_strerror(error)));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, ::freeaddrinfo);
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    if (connection_.over()) return -1;
    if (connect_to(*at)) return 0;
  }
  return fail(fmt::format("cannot be reached: {} port {}: {}", host_, port_,
                          std::generic_category().message(errno)));
}

ssize_t Socket::read(void* data, std::size_t size) {
  ssize_t got = 0;
  do {
    got = ::recv(wire_.descriptor, data, size, 0);
  } while (got < 0 && errno == EINTR);
  if (connection_.over()) return -1;
  if (got < 0) return fail("broke off: " + std::generic_category().message(errno));
  return connection_.count(static_cast<std::size_t>(got)) ? got : -1;
}

ssize_t Socket::write(const char* data, std::size_t size) {
  ssize_t sent = 0;
  do {
    sent = ::send(wire_.descriptor, data, size, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (connection_.over()) return -1;
  if (sent < 0) return fail("broke off: " + std::generic_category().message(errno));
  return sent;
}

void Socket::close() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  if (watchdog_.joinable()) watchdog_.join();
  if (wire_.descriptor >= 0) ::close(wire_.descriptor);
  wire_.descriptor = -1;
}

int make_socket(git_stream** out, const char* host, const char* port) {
  Connection* connection = Connection::current();
  if (connection == nullptr) return -1;
  *out = (new Socket(*connection, host, port))->stream();
  return 0;
}

}  // namespace

void register_sockets() {
  git_stream_registration ours{};
  ours.version = GIT_STREAM_VERSION;
  ours.init = make_socket;
  git_stream_register(GIT_STREAM_STANDARD, &ours);
}

}  // namespace town

#include "tests/unit/engine/git/fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>

#include "controllers/drivers/process.h"

namespace town {

namespace {

std::string capture(const std::vector<std::string>& argv, ProcessOptions options) {
  options.deadline = std::chrono::minutes(5);
  const auto result = run(argv, options, {});
  if (result.exit_code != 0) throw std::runtime_error(argv[1] + ": " + result.err);
  return result.out;
}

std::string header(const std::string& head, const std::string& name) {
  const auto at = head.find("\r\n" + name + ": ");
  if (at == std::string::npos) return {};
  const auto from = at + name.size() + 4;
  return head.substr(from, head.find("\r\n", from) - from);
}

// Until `size` bytes are there, or the other side is done.
void receive(int connection, std::string& text, std::size_t size) {
  char buffer[4096];
  while (text.size() < size) {
    const auto got = ::recv(connection, buffer, sizeof buffer, 0);
    if (got <= 0) return;
    text.append(buffer, static_cast<std::size_t>(got));
  }
}

void send_all(int connection, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto sent = ::send(connection, text.data() + at, text.size() - at, MSG_NOSIGNAL);
    if (sent <= 0) return;
    at += static_cast<std::size_t>(sent);
  }
}

}  // namespace

std::string git(const std::filesystem::path& directory, const std::vector<std::string>& arguments) {
  std::vector<std::string> argv = {"git",
                                   "-C",
                                   directory.string(),
                                   "-c",
                                   "user.name=t",
                                   "-c",
                                   "user.email=t@example.org",
                                   "-c",
                                   "commit.gpgsign=false"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  ProcessOptions options;
  options.environment = {"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null"};
  auto out = capture(argv, options);
  while (!out.empty() && out.back() == '\n') out.pop_back();
  return out;
}

Upstream::Upstream(std::filesystem::path directory) : directory_(std::move(directory)) {
  std::filesystem::create_directories(directory_);
  git(directory_, {"init", "-q", "-b", "main"});
}

void Upstream::write(const std::map<std::string, std::string>& files) const {
  for (const auto& [path, text] : files) {
    std::filesystem::create_directories((directory_ / path).parent_path());
    std::ofstream(directory_ / path) << text;
  }
  git(directory_, {"add", "-A"});
}

std::string Upstream::commit(const std::map<std::string, std::string>& files) {
  write(files);
  git(directory_, {"commit", "-q", "--allow-empty", "-m", "more"});
  return git(directory_, {"rev-parse", "HEAD"});
}

std::string Upstream::amend(const std::map<std::string, std::string>& files) {
  write(files);
  git(directory_, {"commit", "-q", "--amend", "-m", "instead"});
  return git(directory_, {"rev-parse", "HEAD"});
}

Listener::Listener() {
  descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(descriptor_, generic, size) != 0 || ::listen(descriptor_, 16) != 0 ||
      ::getsockname(descriptor_, generic, &size) != 0) {
    throw std::runtime_error("cannot listen");
  }
  port_ = ntohs(address.sin_port);
}

Listener::~Listener() { ::close(descriptor_); }

void Listener::begin() {
  thread_ = std::jthread([this] {
    for (;;) {
      const int connection = ::accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) return;
      ++connections_;
      serve(connection);
      ::close(connection);
    }
  });
}

void Listener::end() {
  ::shutdown(descriptor_, SHUT_RDWR);
  thread_.join();
}

void SilentServer::serve(int connection) {
  receive(connection, heard_, 1);
  spoken_ = true;
  spoken_.notify_all();
  std::string rest;
  receive(connection, rest, std::string::npos);
}

std::string SilentServer::heard() {
  spoken_.wait(false);
  return heard_;
}

FullListener::FullListener() {
  ::listen(descriptor(), 0);  // one waits, the others are dropped
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port()));
  for (int n = 0; n < 4; ++n) {
    queue_.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    ::connect(queue_.back(), reinterpret_cast<sockaddr*>(&address), sizeof address);
  }
}

FullListener::~FullListener() {
  for (const int one : queue_) ::close(one);
}

std::string HttpServer::url(const std::string& path) const {
  return "http://127.0.0.1:" + std::to_string(port()) + path;
}

void HttpServer::serve(int connection) {
  std::string text;
  while (text.find("\r\n\r\n") == std::string::npos) {
    const auto before = text.size();
    receive(connection, text, before + 1);
    if (text.size() == before) return;
  }
  const auto end = text.find("\r\n\r\n") + 4;
  const auto head = text.substr(0, end);
  const auto length = header(head, "Content-Length");
  const bool chunked = header(head, "Transfer-Encoding") == "chunked";
  if (!length.empty()) receive(connection, text, end + std::stoul(length));
  while (chunked && !text.ends_with("0\r\n\r\n")) receive(connection, text, text.size() + 1);
  send_all(connection, answer(head, text.substr(end)));
}

std::string HttpServer::answer(const std::string& head, const std::string& body) {
  const auto from = head.find(' ') + 1;
  const auto target = head.substr(from, head.find(' ', from) - from);
  const auto question = target.find('?');
  const std::string close = "Connection: close\r\n";
  if (target.starts_with("/elsewhere/")) {
    // Another host by name, the same by address; unlike "localhost" it needs no /etc/hosts.
    return "HTTP/1.1 302 Found\r\n" + close + "Location: http://127.1:" + std::to_string(port()) +
           target.substr(10) + "\r\nContent-Length: 0\r\n\r\n";
  }
  // town:secret
  if (target.starts_with("/private/") &&
      header(head, "Authorization") != "Basic dG93bjpzZWNyZXQ=") {
    return "HTTP/1.1 401 Unauthorized\r\n" + close +
           "WWW-Authenticate: Basic realm=\"git\"\r\nContent-Length: 0\r\n\r\n";
  }
  if (target.ends_with("/git-upload-pack")) ++packs_;
  ProcessOptions options;
  options.input = body;
  options.output_limit = 64U << 20U;
  options.environment = {
      "GIT_PROJECT_ROOT=" + root_.string(),
      "GIT_HTTP_EXPORT_ALL=",
      "GIT_CONFIG_COUNT=1",
      "GIT_CONFIG_KEY_0=safe.directory",
      "GIT_CONFIG_VALUE_0=*",
      "REQUEST_METHOD=" + head.substr(0, head.find(' ')),
      "PATH_INFO=" + target.substr(0, question),
      "QUERY_STRING=" + (question == std::string::npos ? "" : target.substr(question + 1)),
      "CONTENT_TYPE=" + header(head, "Content-Type"),
      "CONTENT_LENGTH=" + std::to_string(body.size()),
      "HTTP_CONTENT_ENCODING=" + header(head, "Content-Encoding"),
      "REMOTE_ADDR=127.0.0.1"};
  const auto out = capture({"git", "http-backend"}, options);
  const auto status = out.starts_with("Status: ") ? out.substr(8, out.find("\r\n") - 8) : "200 OK";
  return "HTTP/1.1 " + status + "\r\n" + close + out;
}

}  // namespace town

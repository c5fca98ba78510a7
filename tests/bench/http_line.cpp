#include "tests/bench/http_line.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <stdexcept>

namespace town::bench {

HttpLine::HttpLine(const std::string& address, std::uint16_t port)
    : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), host_(address) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  inet_pton(AF_INET, address.c_str(), &to.sin_addr);
  const int on = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    close(socket_);
    throw std::runtime_error("nobody listens at " + address + ":" + std::to_string(port));
  }
}

HttpLine::~HttpLine() { close(socket_); }

HttpLine::Answer HttpLine::request(const std::string& method, const std::string& path,
                                   const std::string& headers, const std::string& body) {
  send(method + " " + path + " HTTP/1.1\r\nHost: " + host_ + "\r\n" + headers +
       "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  auto head = receive_until("\r\n\r\n");
  std::transform(head.begin(), head.end(), head.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  Answer answer;
  answer.status = std::stoi(head.substr(head.find(' ') + 1));
  const auto length = head.find("\r\ncontent-length:");
  if (length != std::string::npos) {
    answer.body = receive(std::stoul(head.substr(length + 17)));
  } else if (head.find("\r\ntransfer-encoding: chunked") != std::string::npos) {
    while (const auto size = std::stoul(receive_until("\r\n"), nullptr, 16)) {
      answer.body += receive(size);
      receive(2);
    }
    receive(2);
  } else {
    throw std::runtime_error("an answer without a length");
  }
  return answer;
}

void HttpLine::send(const std::string& text) const {
  for (std::size_t done = 0; done < text.size();) {
    const auto sent = ::send(socket_, text.data() + done, text.size() - done, MSG_NOSIGNAL);
    if (sent <= 0) throw std::runtime_error("the server hung up");
    done += static_cast<std::size_t>(sent);
  }
}

void HttpLine::fill() {
  std::array<char, 16384> bytes;
  const auto got = recv(socket_, bytes.data(), bytes.size(), 0);
  if (got <= 0) throw std::runtime_error("the server hung up");
  buffer_.append(bytes.data(), static_cast<std::size_t>(got));
}

std::string HttpLine::receive_until(const std::string& mark) {
  std::size_t at = buffer_.find(mark);
  for (; at == std::string::npos; at = buffer_.find(mark)) fill();
  return receive(at + mark.size());
}

std::string HttpLine::receive(std::size_t bytes) {
  while (buffer_.size() < bytes) fill();
  auto text = buffer_.substr(0, bytes);
  buffer_.erase(0, bytes);
  return text;
}

}  // namespace town::bench

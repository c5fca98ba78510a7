// One kept-alive HTTP/1.1 connection, as plain as can be: so that a request costs what the server
// costs. Belongs to one thread. Everything throws std::runtime_error.
#pragma once

#include <cstdint>
#include <string>

namespace town::bench {

class HttpLine {
 public:
  HttpLine(const std::string& address, std::uint16_t port);
  HttpLine(const HttpLine&) = delete;
  HttpLine& operator=(const HttpLine&) = delete;
  ~HttpLine();

  struct Answer {
    int status = 0;
    std::string body;  ///< of a stream: all of it, when it has ended
  };

  /// `headers` are whole lines, each with its line break ("Authorization: …\r\n").
  Answer request(const std::string& method, const std::string& path, const std::string& headers,
                 const std::string& body);

 private:
  void send(const std::string& text) const;
  std::string receive_until(const std::string& mark);
  std::string receive(std::size_t bytes);
  void fill();

  int socket_ = -1;
  std::string host_;
  std::string buffer_;
};

}  // namespace town::bench

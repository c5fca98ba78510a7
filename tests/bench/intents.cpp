// bench_intents ADDRESS PORT DIRECTORY PAIRS SECONDS: durable intents of a running townd, and
// appends with fdatasync to a file in DIRECTORY, in turns. The token is read from stdin. Prints
// JSON: the time of each single one of both, and how many a second 16 clients and one appender did.
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/bench/http_line.h"
#include "tests/bench/stopwatch.h"

namespace {

using namespace town;
using Json = nlohmann::json;

constexpr int kClients = 16;
constexpr std::size_t kRecord = 512;  ///< bytes, as performance figures of this disk were taken

struct Server {
  std::string address;
  std::uint16_t port = 0;
  std::string headers;
};

/// One client that sets one setting again and again, to another value each time.
class Client {
 public:
  Client(const Server& server, int number)
      : server_(server), line_(server.address, server.port), key_(name(number)) {}

  void set() {
    const Json body = {{"key", key_}, {"value", std::to_string(++value_)}};
    const auto answer = line_.request("POST", "/settings/set", server_.headers, body.dump());
    if (answer.status / 100 != 2) throw std::runtime_error("refused: " + answer.body);
  }

  /// Throws where the last value is not what the server has.
  void check() {
    const auto answer =
        line_.request("POST", "/settings/get", server_.headers, Json{{"key", key_}}.dump());
    if (Json::parse(answer.body).at("value") != std::to_string(value_)) {
      throw std::runtime_error("the server does not have what it acknowledged: " + answer.body);
    }
  }

  [[nodiscard]] int sent() const { return value_; }

 private:
  static std::string name(int number) {
    return "bench." + std::to_string(getpid()) + "." + std::to_string(number);
  }

  const Server& server_;
  bench::HttpLine line_;
  std::string key_;
  int value_ = 0;
};

class Appender {
 public:
  explicit Appender(const std::filesystem::path& directory)
      : path_(directory / "bench.append"),
        file_(open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600)) {
    if (file_ < 0) throw std::runtime_error("cannot write " + path_.string());
  }
  Appender(const Appender&) = delete;
  Appender& operator=(const Appender&) = delete;
  ~Appender() {
    close(file_);
    unlink(path_.c_str());
  }

  void append() const {
    static const std::string kText(kRecord, 'x');
    if (write(file_, kText.data(), kText.size()) != static_cast<ssize_t>(kText.size()) ||
        fdatasync(file_) != 0) {
      throw std::runtime_error("cannot append to " + path_.string());
    }
  }

 private:
  std::filesystem::path path_;
  int file_;
};

double wall(const Json& measured) { return measured.at("wall").get<double>(); }

Json single(const Server& server, const Appender& appender, int pairs) {
  Client client(server, 0);
  for (int i = 0; i < 20; ++i) client.set();
  Json measured = Json::array();
  for (int i = 0; i < pairs; ++i) {
    const auto theirs = wall(bench::timed([&] { appender.append(); }));
    const auto ours = wall(bench::timed([&] { client.set(); }));
    measured.push_back({ours, theirs});
  }
  client.check();
  return measured;
}

/// A second of 16 clients at once: intents per second.
double rate_of_many(const Server& server, double seconds) {
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < kClients; ++i) clients.push_back(std::make_unique<Client>(server, i + 1));
  std::atomic<int> failed = 0;
  const bench::Stopwatch watch;
  {
    std::vector<std::jthread> threads;
    for (auto& client : clients) {
      threads.emplace_back([&failed, &watch, seconds, one = client.get()] {
        try {
          while (wall(watch.read()) < seconds) one->set();
        } catch (const std::exception& error) {
          std::cerr << error.what() << "\n";
          ++failed;
        }
      });
    }
  }
  const auto took = wall(watch.read());
  if (failed > 0) throw std::runtime_error("some of 16 clients failed");
  int sent = 0;
  for (auto& client : clients) {
    client->check();
    sent += client->sent();
  }
  return sent / took;
}

double rate_of_one(const Appender& appender, double seconds) {
  const bench::Stopwatch watch;
  int done = 0;
  for (; wall(watch.read()) < seconds; ++done) appender.append();
  return done / wall(watch.read());
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 6) {
    std::cerr << "usage: bench_intents ADDRESS PORT DIRECTORY PAIRS SECONDS <TOKEN\n";
    return 2;
  }
  try {
    std::string token;
    std::getline(std::cin, token);
    const Server server{
        arguments[1], static_cast<std::uint16_t>(std::stoi(arguments[2])),
        "Content-Type: application/json\r\nAuthorization: Bearer " + token + "\r\n"};
    const Appender appender(arguments[3]);
    const auto seconds = std::stod(arguments[5]);
    Json result = {{"single", single(server, appender, std::stoi(arguments[4]))},
                   {"rates", Json::array()}};
    for (int i = 0; i < 7; ++i) {
      const auto theirs = rate_of_one(appender, seconds / 2);
      result["rates"].push_back({rate_of_many(server, seconds), theirs});
    }
    std::cout << result << "\n";
  } catch (const std::exception& error) {
    std::cerr << "bench_intents: " << error.what() << "\n";
    return 1;
  }
}

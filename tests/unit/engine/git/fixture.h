// Real repositories and servers for the tests of engine/git and engine/repositories: the git
// program, an HTTP server that asks for a password, and a server that never says a word.
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/state/store_fixture.h"

namespace town {

/// Runs git in `directory`, without anybody's configuration; throws where it fails.
std::string git(const std::filesystem::path& directory, const std::vector<std::string>& arguments);

/// A repository that somebody pushes to: has a work tree.
class Upstream {
 public:
  explicit Upstream(std::filesystem::path directory);

  /// Writes the files (path -> text), and commits everything. Returns the commit's id.
  std::string commit(const std::map<std::string, std::string>& files);
  /// The same instead of the last commit, as after `push --force`.
  std::string amend(const std::map<std::string, std::string>& files);

  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }
  [[nodiscard]] std::string url() const { return "file://" + directory_.string(); }

 private:
  void write(const std::map<std::string, std::string>& files) const;
  std::filesystem::path directory_;
};

/// Listens on a free port of the loopback. `serve` is called with each connection, one at a time.
class Listener {
 public:
  virtual ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] int connections() const { return connections_; }

 protected:
  Listener();
  virtual void serve(int connection) = 0;
  [[nodiscard]] int descriptor() const { return descriptor_; }
  void begin();
  void end();

 private:
  int descriptor_ = -1;
  int port_ = 0;
  std::atomic<int> connections_{0};
  std::jthread thread_;
};

/// Accepts, and then says nothing until the other side goes away. Keeps what it was told.
class SilentServer : public Listener {
 public:
  SilentServer() { begin(); }
  ~SilentServer() override { end(); }
  std::string heard();

 private:
  void serve(int connection) override;
  std::atomic<bool> spoken_{false};
  std::string heard_;
};

/// Does not accept, and its queue is full: the kernel drops whoever tries to connect.
class FullListener : public Listener {
 public:
  FullListener();
  ~FullListener() override;

 private:
  void serve(int) override {}
  std::vector<int> queue_;
};

/// Repositories below `root` over HTTP, through git-http-backend. Below /private/ it asks for user
/// "town", password "secret"; /elsewhere/ redirects to / of another host.
class HttpServer : public Listener {
 public:
  explicit HttpServer(std::filesystem::path root) : root_(std::move(root)) { begin(); }
  ~HttpServer() override { end(); }
  [[nodiscard]] std::string url(const std::string& path) const;
  /// How often a pack was asked for.
  [[nodiscard]] int packs() const { return packs_; }

 private:
  void serve(int connection) override;
  std::string answer(const std::string& head, const std::string& body);
  std::filesystem::path root_;
  std::atomic<int> packs_{0};
};

}  // namespace town

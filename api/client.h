// What townctl speaks: requests to a box, and its streams. One object per command; one thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "state/error.h"
#include "state/secret.h"

namespace town::api {

/// The box could not be reached, or broke off, or it is no box that answers.
class Unreachable : public Error {
 public:
  explicit Unreachable(const std::string& message)
      : Error(Code::unavailable, "Unreachable", message) {}
};

/// The box answered and said no. what() is its `detail`.
class Refused : public Error {
 public:
  Refused(int status, const std::string& detail, Diagnostics faults = {})
      : Error(Code::denied, "Refused", detail), status_(status), faults_(std::move(faults)) {}
  [[nodiscard]] int status() const { return status_; }
  /// What was wrong with the request, where the box told field by field.
  [[nodiscard]] const Diagnostics& faults() const { return faults_; }

 private:
  int status_;
  Diagnostics faults_;
};

class Client {
 public:
  struct Options {
    std::string server;  ///< "http://127.0.0.1:5309"; a trailing slash is dropped
    Secret token;
    std::chrono::seconds connect_timeout{5};
    /// Between two bytes of an answer: a clone may take two minutes before the first.
    std::chrono::seconds read_timeout{300};
  };

  /// Throws Error{invalid} for what is no http or https address.
  explicit Client(Options options);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client();

  /// The JSON of a 200, null where its body is empty. Throws Unreachable and Refused.
  nlohmann::json get(const std::string& path);
  nlohmann::json post(const std::string& path, const nlohmann::json& body);

  /// Feeds each event of a stream to `event` until it returns false or the box ends the stream.
  /// Throws Unreachable where the stream broke off without an end, and Refused.
  void stream(const std::string& method, const std::string& path, const nlohmann::json& body,
              const std::function<bool(const nlohmann::json&)>& event);

  /// Percent-encodes one query value.
  static std::string encode(const std::string& value);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Cuts a stream of bytes into the JSON of its events; comments are dropped.
class EventParser {
 public:
  /// False as soon as `event` returned false.
  bool feed(std::string_view bytes, const std::function<bool(const nlohmann::json&)>& event);

 private:
  std::string rest_;
};

}  // namespace town::api

// Server-sent events: "data: " and one line of JSON per event, comments as heartbeat. Belongs to
// the thread that writes the stream.
#pragma once

#include <chrono>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "api/http.h"

namespace town::api {

class EventStream {
 public:
  explicit EventStream(StreamSink& sink) : sink_(sink) {}

  /// Sends one event; false when the other side has gone.
  bool send(const nlohmann::json& event);
  /// Sends a comment, which clients ignore, where nothing was sent for most of a second; false when
  /// the other side has gone.
  bool heartbeat();
  [[nodiscard]] bool open() const { return open_; }

 private:
  bool write(const std::string& text);

  StreamSink& sink_;
  bool open_ = true;
  std::chrono::steady_clock::time_point last_ = {};  ///< when something was sent
};

/// An answer that `write` fills with events until it returns.
HttpResponse event_answer(std::function<void(EventStream&)> write);

}  // namespace town::api

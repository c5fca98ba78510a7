#include "api/sse.h"

namespace town::api {
namespace {

/// About one heartbeat a second, whatever woke the writer (api rules, server-sent events).
constexpr std::chrono::milliseconds kQuiet{900};

}  // namespace

bool EventStream::send(const nlohmann::json& event) {
  // Compact JSON has no line break in it: they are escaped within texts.
  return write("data: " + dump(event) + "\n\n");
}

bool EventStream::heartbeat() {
  const bool due = std::chrono::steady_clock::now() - last_ >= kQuiet;
  return due ? write(":\n\n") : open_;
}

bool EventStream::write(const std::string& text) {
  open_ = open_ && sink_.write(text);
  last_ = std::chrono::steady_clock::now();
  return open_;
}

HttpResponse event_answer(std::function<void(EventStream&)> write) {
  HttpResponse response;
  response.content_type = "text/event-stream";
  response.stream = [write = std::move(write)](StreamSink& sink) {
    EventStream events(sink);
    write(events);
  };
  return response;
}

}  // namespace town::api

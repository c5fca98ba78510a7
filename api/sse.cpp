#include "api/sse.h"

namespace town::api {

bool EventStream::send(const nlohmann::json& event) {
  // Compact JSON has no line break in it: they are escaped within texts.
  open_ = open_ && sink_.write("data: " + dump(event) + "\n\n");
  return open_;
}

bool EventStream::heartbeat() {
  open_ = open_ && sink_.write(":\n\n");
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

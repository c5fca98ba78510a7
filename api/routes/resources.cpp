// The graph itself: resources with all that is known of them, the stream of changes, the activity.
#include <algorithm>
#include <charconv>
#include <iterator>
#include <nlohmann/json.hpp>

#include "api/listing.h"
#include "api/resource_json.h"
#include "api/routes/common.h"
#include "api/routes/routes.h"
#include "api/sse.h"
#include "state/error.h"

namespace town::api {
namespace {

using Json = nlohmann::json;
using namespace std::chrono_literals;

constexpr std::size_t kEventsShown = 50;

const char* word_of(Notice::What what) {
  switch (what) {
    case Notice::What::graph:
      return "graph";
    case Notice::What::status:
      return "status";
    case Notice::What::event:
      return "event";
  }
  return "graph";
}

HttpResponse list(Services& services, const Call& call) {
  const auto snapshot = services.store.snapshot();
  const auto asked = call.http.parameter("kind");
  const auto kind = parse_kind(asked);
  if (!asked.empty() && !kind) {
    throw InvalidInput("UnknownKind", {{"kind", "there is no kind called " + asked}});
  }
  auto entries = Json::array();
  snapshot.graph->each([&](const ResourcePtr& resource) {
    if (!kind || resource->key.kind == *kind) entries.push_back(summary_json(snapshot, *resource));
  });
  return json_answer(list_answer(std::move(entries), list_query(call.http.query)));
}

/// Of the resource and of all that it owns, newest first: what happened to an app happened to its
/// parts.
std::vector<Event> story_of(const Store& store, const Graph& graph, const Key& key) {
  auto events = store.events(key, kEventsShown);
  for (const auto& part : graph.owned_by(key)) {
    auto more = store.events(part->key, kEventsShown);
    std::move(more.begin(), more.end(), std::back_inserter(events));
  }
  std::sort(events.begin(), events.end(),
            [](const Event& a, const Event& b) { return a.id > b.id; });
  if (events.size() > kEventsShown) events.resize(kEventsShown);
  return events;
}

HttpResponse show(Services& services, const Call& call) {
  const auto key = parse_key(call.rest);
  const auto snapshot = services.store.snapshot();
  const auto resource = key ? snapshot.graph->find(*key) : nullptr;
  if (!resource) {
    throw Error(Code::not_found, "UnknownResource", "there is no resource " + call.rest);
  }
  const auto events = story_of(services.store, *snapshot.graph, *key);
  return json_answer(resource_json(snapshot, *resource, events));
}

/// Each event names the epoch beside its revision. Revisions of what was not synced are given anew
/// after a power cut, so they mean something only together with the run of townd that gave them.
void follow(Services& services, Revision since, EventStream& events) {
  const auto& epoch = services.boot_id;
  auto watch = services.store.watch(since);
  while (events.open() && !services.stopping.stop_requested()) {
    const auto batch = watch.next(std::chrono::steady_clock::now() + 1s, services.stopping);
    if (batch.relist) {
      events.send({{"relist", true}, {"revision", batch.revision}, {"epoch", epoch}});
    }
    for (const auto& notice : batch.notices) {
      const bool sent = events.send({{"revision", notice.revision},
                                     {"key", to_string(notice.key)},
                                     {"what", word_of(notice.what)},
                                     {"epoch", epoch}});
      if (!sent) return;
    }
    if (batch.notices.empty() && !batch.relist) events.heartbeat();
  }
}

HttpResponse events(Services& services, const Call& call) {
  const auto text = call.http.parameter("since");
  Revision since = 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, since);
  if (!text.empty() && (read.ec != std::errc() || read.ptr != end)) {
    throw InvalidInput("InvalidRequest", {{"since", "must be a revision, 0 or more"}});
  }
  // A client of another run, or one that does not say, cannot know what it has missed.
  if (call.http.parameter("epoch") != services.boot_id) since = 0;
  return event_answer([&services, since](EventStream& stream) { follow(services, since, stream); });
}

/// What happened, for people, newest first; of one resource with ?key=.
HttpResponse event_log(Services& services, const Call& call) {
  constexpr std::size_t kMost = 10'000;
  const auto text = call.http.parameter("key");
  const auto key = parse_key(text);
  if (!text.empty() && !key) {
    throw InvalidInput("InvalidRequest", {{"key", "must be KIND/NAME"}});
  }
  auto entries = Json::array();
  for (const auto& event : services.store.events(key, kMost)) entries.push_back(to_json(event));
  return json_answer(list_answer(std::move(entries), list_query(call.http.query)));
}

/// Newest first.
HttpResponse activity(Services& services, const Call& call) {
  constexpr std::size_t kAll = 1'000'000;
  auto entries = Json::array();
  for (const auto& intent : services.store.intents(0, kAll)) entries.push_back(to_json(intent));
  return json_answer(list_answer(std::move(entries), list_query(call.http.query)));
}

}  // namespace

std::vector<Route> resource_routes(Services& s) {
  return {
      {"GET", "/resources", Gate::account, "", [&s](const Call& call) { return list(s, call); }},
      {"GET", "/resources/*", Gate::account, "", [&s](const Call& call) { return show(s, call); }},
      {"GET", "/events", Gate::account, "", [&s](const Call& call) { return events(s, call); },
       Body::ignored, true},
      {"GET", "/events/log", Gate::account, "",
       [&s](const Call& call) { return event_log(s, call); }},
      {"GET", "/activity", Gate::account, "", [&s](const Call& call) { return activity(s, call); }},
  };
}

}  // namespace town::api

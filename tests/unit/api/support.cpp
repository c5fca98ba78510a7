#include "tests/unit/api/support.h"

namespace town::api {
namespace {

class Text final : public StreamSink {
 public:
  bool write(std::string_view bytes) override {
    text += bytes;
    return true;
  }
  std::string text;
};

}  // namespace

Box::Box(std::vector<Route> (*routes)(Services&)) {
  store = Store::open({"box", true, &clock, {}});
  accounts = std::make_unique<Accounts>(*store, clock);
  sessions = std::make_unique<Sessions>(*store, clock, Sessions::Options{});
  audit = std::make_unique<Audit>(*store, clock);
  services = std::make_unique<Services>(
      Services{*store,
               clock,
               *accounts,
               *sessions,
               *audit,
               host,
               units,
               journal,
               [this](const Intent& intent) {
                 submitted.push_back(intent);
                 return accepted;
               },
               [](const Intent&) { return Preview{}; },
               [this] { return catalog; },
               [](const std::string&, const RepositorySpec&) {},
               [](const std::string&) { return std::map<std::string, std::string>(); },
               "boot-1",
               {},
               std::chrono::seconds(0)});
  dispatcher = std::make_unique<Dispatcher>(Dispatcher::Books{*accounts, *sessions, *audit},
                                            routes(*services), Dispatcher::Options{});
}

Answer Box::get(const std::string& path, const std::string& token) {
  HttpRequest request;
  request.method = "GET";
  const auto query = path.find('?');
  request.path = path.substr(0, query);
  if (query != std::string::npos) {
    const auto pair = path.substr(query + 1);
    request.query.emplace(pair.substr(0, pair.find('=')), pair.substr(pair.find('=') + 1));
  }
  return send(std::move(request), token);
}

Answer Box::post(const std::string& path, const nlohmann::json& body, const std::string& token) {
  HttpRequest request;
  request.method = "POST";
  request.path = path;
  request.body = body_of(body.dump());
  return send(std::move(request), token);
}

Answer Box::send(HttpRequest request, const std::string& token) {
  if (!token.empty()) request.headers["authorization"] = "Bearer " + token;
  auto response = dispatcher->handle(request);
  if (response.stream) {
    Text text;
    response.stream(text);
    response.body = text.text;
  }
  return {response.status, response.body, response};
}

std::string Box::token_of(const std::string& username, bool admin) {
  const nlohmann::json row = {{"username", username},
                              {"email", "a@b.cd"},
                              {"phone", "555"},
                              {"real_name", "A"},
                              {"admin", admin},
                              {"disabled", false},
                              {"created_at", to_rfc3339(clock.now())},
                              {"updated_at", to_rfc3339(clock.now())},
                              {"hash", "none"}};
  store->put(Book::accounts, {{username, row.dump()}});
  return sessions->open(username);
}

void Box::put(Resource resource, ConditionType how, const std::string& message) {
  const auto key = resource.key;
  const auto generation = resource.generation;
  resource.digest = digest(resource.spec);
  GraphDelta delta;
  delta.put.push_back(std::move(resource));
  store->commit({}, delta).await();
  Status status;
  status.observed_generation = generation;
  status.conditions.push_back({how, "Test", message, clock.now()});
  store->report({{key, status}}, {}, {}, "");
}

}  // namespace town::api

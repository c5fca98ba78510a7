// A box without sockets, loops or machine: an in-memory store, accounts, and functions of the
// test's own where the engine would be. One per test, on its thread.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "api/dispatcher.h"
#include "api/services.h"
#include "controllers/drivers/journal.h"

namespace town::api {

class TestClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override { return time; }
  Time time = from_rfc3339("2030-01-02T03:04:05Z");
};

class TestHost final : public Host {
 public:
  std::string port_holder(std::uint16_t, const std::string&) override { return {}; }
  std::string hostname() override { return "box"; }
  std::string internal_address() override { return "192.168.1.2"; }
  std::string external_address() override { return {}; }
  DiskFigures disk() override { return {1000, 400, 600}; }
  std::set<std::string> volume_ids() override { return {}; }
};

class TestUnits final : public Units {
 public:
  std::vector<UnitFigures> units() override { return figures; }
  std::vector<UnitFigures> figures;
};

struct Answer {
  int status = 0;
  std::string body;
  HttpResponse response;

  [[nodiscard]] nlohmann::json json() const { return nlohmann::json::parse(body); }
  [[nodiscard]] std::string detail() const { return json().at("detail"); }
};

/// Passwords of all accounts made here.
inline constexpr const char* kPassword = "correct-horse";

class Box {
 public:
  /// `routes`: which families, all of them by default.
  explicit Box(std::vector<Route> (*routes)(Services&));

  Answer get(const std::string& path, const std::string& token = {});
  Answer post(const std::string& path, const nlohmann::json& body, const std::string& token = {});
  Answer send(HttpRequest request, const std::string& token = {});

  /// An account and a token of it; no login, which would cost a hash.
  std::string token_of(const std::string& username, bool admin);

  /// Puts a resource into the graph as an intent of its own, and says how it is.
  void put(Resource resource, ConditionType how = ConditionType::ready,
           const std::string& message = {});

  TestClock clock;
  std::unique_ptr<Store> store;
  TestHost host;
  TestUnits units;
  MemoryJournal journal;
  std::unique_ptr<Accounts> accounts;
  std::unique_ptr<Sessions> sessions;
  std::unique_ptr<Audit> audit;
  std::unique_ptr<Services> services;
  std::unique_ptr<Dispatcher> dispatcher;
  std::vector<Intent> submitted;
  std::shared_ptr<const Catalog> catalog = std::make_shared<Catalog>();
  Accepted accepted;  ///< what submit() answers
};

}  // namespace town::api

#include "api/sessions.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "state/digest.h"
#include "state/error.h"

namespace town::api {
namespace {

using namespace std::chrono_literals;

/// A use is written down only when the last writing is older: reading must not cost a disk sync.
constexpr auto kWriteEvery = 10min;

/// Version 4, from the kernel's randomness.
std::string new_uuid() {
  auto hex = random_hex(16);
  hex[12] = '4';
  hex[16] = "89ab"[static_cast<unsigned char>(hex[16]) % 4U];
  return hex.substr(0, 8) + '-' + hex.substr(8, 4) + '-' + hex.substr(12, 4) + '-' +
         hex.substr(16, 4) + '-' + hex.substr(20);
}

Session session_of(const std::string& text) {
  const auto json = nlohmann::json::parse(text);
  return {json.at("id"), json.at("username"), from_rfc3339(json.at("created_at")),
          from_rfc3339(json.at("last_used"))};
}

Secret key_of(const Sessions::Options& options) {
  return options.key.empty() ? Secret(random_hex(32)) : options.key;
}

}  // namespace

nlohmann::json to_json(const Session& session) {
  return {{"id", session.id},
          {"username", session.username},
          {"created_at", to_rfc3339(session.created_at)},
          {"last_used", to_rfc3339(session.last_used)}};
}

Sessions::Sessions(Store& store, const Clock& clock, const Options& options)
    : store_(store), clock_(clock), idle_(options.idle), tokens_(key_of(options)) {
  std::map<std::string, Session> kept;
  std::vector<std::pair<std::string, std::optional<std::string>>> gone;
  store_.scan(Book::sessions, "", false, [&](const std::string& id, const std::string& text) {
    auto session = session_of(text);
    const bool alive = options.keep && session.last_used + idle_ > clock_.now();
    if (alive) {
      kept.emplace(id, std::move(session));
    } else {
      gone.emplace_back(id, std::nullopt);
    }
    return true;
  });
  if (!gone.empty()) store_.put(Book::sessions, gone);
  sessions_.with([&](auto& sessions) { sessions = std::move(kept); });
}

std::string Sessions::open(const std::string& username) {
  const auto now = clock_.now();
  const Session session{new_uuid(), username, now, now};
  write(session);
  sessions_.with([&](auto& sessions) { sessions.emplace(session.id, session); });
  return tokens_.issue({session.id, username}, now);
}

std::optional<Session> Sessions::use(const std::string& token) {
  const auto claims = tokens_.verify(token);
  if (!claims) return std::nullopt;
  const auto now = clock_.now();
  bool stale = false;
  bool over = false;
  auto used = sessions_.with([&](auto& sessions) -> std::optional<Session> {
    const auto found = sessions.find(claims->session_id);
    if (found == sessions.end() || found->second.username != claims->username) return std::nullopt;
    over = found->second.last_used + idle_ <= now;
    if (over) return std::nullopt;
    stale = found->second.last_used + kWriteEvery <= now;
    found->second.last_used = now;
    return found->second;
  });
  if (over) close(claims->session_id);
  if (stale) note_use(*used);
  return used;
}

std::vector<Session> Sessions::of(const std::string& username) const {
  std::vector<Session> mine;
  sessions_.with([&](const auto& sessions) {
    for (const auto& [id, session] : sessions) {
      if (session.username == username) mine.push_back(session);
    }
  });
  std::stable_sort(mine.begin(), mine.end(),
                   [](const Session& a, const Session& b) { return a.last_used > b.last_used; });
  return mine;
}

std::optional<Session> Sessions::find(const std::string& id) const {
  return sessions_.with([&](const auto& sessions) -> std::optional<Session> {
    const auto found = sessions.find(id);
    if (found == sessions.end()) return std::nullopt;
    return found->second;
  });
}

bool Sessions::close(const std::string& id) {
  const bool known = sessions_.with([&](auto& sessions) { return sessions.erase(id) > 0; });
  if (known) store_.put(Book::sessions, {{id, std::nullopt}});
  return known;
}

void Sessions::close_all_of(const std::string& username) {
  for (const auto& session : of(username)) close(session.id);
}

/// Where it cannot be written down the session is only shorter after a restart: looking must go on,
/// also on a full disk.
void Sessions::note_use(const Session& session) {
  try {
    write(session);
  } catch (const Error& error) {
    spdlog::warn("use of a session not written down error={}", error.what());
  }
}

void Sessions::write(const Session& session) {
  store_.put(Book::sessions, {{session.id, to_json(session).dump()}});
}

}  // namespace town::api
